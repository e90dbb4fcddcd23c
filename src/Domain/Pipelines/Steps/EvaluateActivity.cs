using MlOps.Domain.Datasets;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Evaluates the candidate, and the champion if there is one, on the same test rows; the reports are artifacts of the run.</summary>
internal sealed class EvaluateActivity(
    PipelineDocuments documents, DatasetCatalog datasets, ModelStore models, ModelRegistry registry, EvaluationArtifacts artifacts, ExperimentTracker tracker)
    : Activity<EvaluateInput, EvaluateOutcome>
{
    public override string Name => PipelineActivities.Evaluate;

    public override async Task<EvaluateOutcome> RunAsync(ActivityContext context, EvaluateInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Run.Document, cancellationToken);
        Table test = await TestRowsAsync(spec, input.Dataset, cancellationToken);
        EvaluationSpec evaluation = new EvaluationSpec { Target = spec.Target, Slices = [.. spec.Slices.Select(c => new SliceSpec(c))] }.ForGates(spec.Gates);
        IModel candidate = await models.LoadAsync(new(input.Candidate.ModelDigest, input.Candidate.ModelSize), cancellationToken);
        EvaluationReport report = ModelEvaluator.Evaluate(candidate, test, evaluation);
        (ModelVersion? version, EvaluationReport? champion) = await ChampionAsync(spec, test, evaluation, cancellationToken);
        await artifacts.SaveAsync(input.Candidate.RunId, report, champion, cancellationToken);
        await LogAsync(input.Candidate.RunId, report, cancellationToken);
        return new(report.Metrics.Values, report.Rows, version?.Version, champion?.Metrics.Find(spec.Metric));
    }

    private async Task<Table> TestRowsAsync(PipelineSpec spec, string dataset, CancellationToken cancellationToken)
    {
        Table table = await datasets.LoadAsync(await datasets.GetAsync(DatasetRef.Parse(dataset), cancellationToken), cancellationToken);
        return table.Take(DataSplitter.Split(table, spec.Split, spec.Target, spec.Task).Test);
    }

    private async Task<(ModelVersion? Version, EvaluationReport? Report)> ChampionAsync(
        PipelineSpec spec, Table test, EvaluationSpec evaluation, CancellationToken cancellationToken)
    {
        if (await ChampionVersion.FindAsync(registry, spec.Model, cancellationToken) is not { } version)
            return (null, null);
        IModel model = await models.LoadAsync(new(version.ModelDigest, version.ModelSize), cancellationToken);
        try
        {
            return (version, ModelEvaluator.Evaluate(model, test, evaluation));
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.Invalid)
        {
            // The data may have lost a column that the champion needs. Nobody asked for the comparison unless a gate does.
            if (spec.Gates.Any(g => g.Kind == GateKind.Champion))
                throw MlOpsException.Invalid("champion-not-comparable", $"champion {version.Name} cannot be compared on this data: {e.Message}; take the champion gates out of the file, or the alias '{RegistryLimits.Champion}' off the model");
            return (null, null);
        }
    }

    private async Task LogAsync(string runId, EvaluationReport report, CancellationToken cancellationToken)
    {
        Run run = await tracker.GetRunAsync(runId, cancellationToken);

        // The time of the point is part of its identity, so an attempt that comes again must use the same.
        DateTimeOffset at = run.EndedAt ?? run.StartedAt;
        await tracker.LogMetricsAsync(runId, [.. report.Metrics.Values.Select(m => new MetricPoint("test." + m.Key, m.Value, 0, at))], cancellationToken);
    }
}
