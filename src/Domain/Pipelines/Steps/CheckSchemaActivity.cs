using MlOps.Domain.Datasets;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Holds the data to the schema, and the target to being there; a breach is a result.</summary>
internal sealed class CheckSchemaActivity(PipelineDocuments documents, DatasetCatalog datasets) : Activity<StepInput, SchemaOutcome>
{
    // The outcome travels in a message.
    private const int ShownProblems = 20;

    public override string Name => PipelineActivities.CheckSchema;

    public override async Task<SchemaOutcome> RunAsync(ActivityContext context, StepInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Run.Document, cancellationToken);
        DatasetVersion version = await datasets.GetAsync(DatasetRef.Parse(input.Dataset), cancellationToken);
        Table table = await datasets.LoadAsync(version, cancellationToken);
        string[] problems = [.. SchemaCheck.Problems(table, spec), .. TargetCheck.Problems(table, spec.Target, spec.Task, version.Format)];
        return new(problems.Length <= ShownProblems ? problems : [.. problems.Take(ShownProblems), $"and {problems.Length - ShownProblems} more"]);
    }
}
