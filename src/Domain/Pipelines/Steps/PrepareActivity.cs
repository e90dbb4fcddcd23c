using MlOps.Domain.Datasets;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Fixes the data set version of a run and tells the workflow what the document asks for.</summary>
internal sealed class PrepareActivity(PipelineDocuments documents, DatasetCatalog datasets) : Activity<PipelineInput, PreparedPipeline>
{
    public override string Name => PipelineActivities.Prepare;

    public override async Task<PreparedPipeline> RunAsync(ActivityContext context, PipelineInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Document, cancellationToken);
        DatasetVersion version = await datasets.GetAsync(Reference(spec, input.Trigger), cancellationToken);
        return new(
            version.Ref.ToString(),
            version.Digest,
            version.Rows,
            spec.Model,
            spec.Metric,
            [.. spec.Trainers.Select(t => t.Name)],
            spec.Registration.Approval == ApprovalMode.Manual,
            spec.Registration.ApprovalDeadline,
            spec.Rollout,
            spec.Monitoring is not null);
    }

    private static DatasetRef Reference(PipelineSpec spec, PipelineTrigger trigger)
    {
        if (trigger.Dataset is not { } wanted)
            return new(spec.Dataset, spec.DatasetVersion);
        var reference = DatasetRef.Parse(wanted);
        return reference.Name == spec.Dataset ? reference : throw MlOpsException.Invalid(
            "pipeline-dataset", $"pipeline '{spec.Name}' trains on data set '{spec.Dataset}'; it cannot run on '{wanted}'");
    }
}
