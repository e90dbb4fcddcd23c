using MlOps.Domain.Datasets;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Evaluates the candidate on its test rows and compares it with the champion if there is one; the reports are artifacts of the run.</summary>
internal sealed class EvaluateActivity(
    PipelineDocuments documents, DatasetCatalog datasets, ModelStore models, ModelRegistry registry, ChampionComparer comparer, EvaluationArtifacts artifacts, ExperimentTracker tracker)
    : Activity<EvaluateInput, EvaluateOutcome>
{
    public override string Name => PipelineActivities.Evaluate;

    public override async Task<EvaluateOutcome> RunAsync(ActivityContext context, EvaluateInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Run.Document, cancellationToken);
        EvaluationSpec evaluation = new EvaluationSpec { Target = spec.Target, Slices = [.. spec.Slices.Select(c => new SliceSpec(c))] }.ForGates(spec.Gates);
        EvaluatedCandidate candidate = await EvaluateAsync(spec, input, evaluation, cancellationToken);
        ModelVersion? champion = await ChampionVersion.FindAsync(registry, spec.Model, cancellationToken);
        ChampionComparison? comparison = champion is null ? null : await comparer.CompareAsync(candidate, champion, evaluation, cancellationToken);
        await artifacts.SaveAsync(candidate.RunId, candidate.Report, comparison, cancellationToken);
        await LogAsync(candidate.RunId, candidate.Report, cancellationToken);
        return new(candidate.Report.Metrics.Values, candidate.Report.Rows, champion?.Version, comparison?.ChampionReport?.Metrics.Find(spec.Metric))
        {
            ComparedRows = comparison?.CandidateReport?.Rows,
            ComparedValue = comparison?.CandidateReport?.Metrics.Find(spec.Metric),
            Unmeasured = comparison?.Unmeasured,
        };
    }

    private async Task<EvaluatedCandidate> EvaluateAsync(PipelineSpec spec, EvaluateInput input, EvaluationSpec evaluation, CancellationToken cancellationToken)
    {
        Table table = await datasets.LoadAsync(await datasets.GetAsync(DatasetRef.Parse(input.Dataset), cancellationToken), cancellationToken);
        int[] test = DataSplitter.Split(table, spec.Split, spec.Target, spec.Task).Test;
        IModel model = await models.LoadAsync(new(input.Candidate.ModelDigest, input.Candidate.ModelSize), cancellationToken);
        return new(input.Candidate.RunId, model, table, test, ModelEvaluator.Evaluate(model, table.Take(test), evaluation));
    }

    private async Task LogAsync(string runId, EvaluationReport report, CancellationToken cancellationToken)
    {
        Run run = await tracker.GetRunAsync(runId, cancellationToken);

        // The time of the point is part of its identity, so an attempt that comes again must use the same.
        DateTimeOffset at = run.EndedAt ?? run.StartedAt;
        await tracker.LogMetricsAsync(runId, [.. report.Metrics.Values.Select(m => new MetricPoint("test." + m.Key, m.Value, 0, at))], cancellationToken);
    }
}
