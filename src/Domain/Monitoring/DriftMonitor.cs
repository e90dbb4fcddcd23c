using System.Globalization;
using MlOps.Domain.Datasets;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Statistics;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Monitoring;

/// <summary>Compares what the endpoint was asked with what its champion learned from.</summary>
public sealed class DriftMonitor(ModelRegistry registry, DatasetCatalog datasets, PredictionLog log, LogPolicies policies)
{
    private const int ShownColumns = 20;

    internal async Task<FullReport> MeasureAsync(MeasureInput input, DriftPolicy policy, CancellationToken cancellationToken)
    {
        var report = new MonitorReport(
            input.ReportId, input.Model, ReportKind.Drift, ReportStatus.NotPossible, input.At, input.At - policy.Window, input.At,
            null, null, 0, null, policy.Options.DriftShare, "", []);
        try
        {
            return await MeasureAsync(report, policy, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
        {
            return new(report with { Summary = e.Message }, null, null);
        }
    }

    private async Task<FullReport> MeasureAsync(MonitorReport report, DriftPolicy policy, CancellationToken cancellationToken)
    {
        ModelVersion champion = await registry.ResolveAsync(new ModelSelector(report.Model, Alias: RegistryLimits.Champion), cancellationToken);
        string reference = champion.Lineage.Dataset
            ?? throw MlOpsException.NotFound("reference-missing", $"version {champion.Version} of '{report.Model}' does not say which data it was trained on");
        PredictionSample sample = await PredictionSample.TakeAsync(log, report.Model, report.From, report.To, cancellationToken);
        report = SampledRows.Of(report with { Version = champion.Version, Reference = reference, Rows = sample.Total }, sample.Share, sample.Predictions);
        if (sample.Total < policy.MinRows)
            return new(report with { Status = ReportStatus.NotEnoughRows, Summary = TooFew(sample, policy) + SampledRows.Why((await policies.GetAsync(report.Model, cancellationToken)).Policy) }, null, null);
        return await CompareAsync(report, champion, sample, policy, cancellationToken);
    }

    private async Task<FullReport> CompareAsync(MonitorReport report, ModelVersion champion, PredictionSample sample, DriftPolicy policy, CancellationToken cancellationToken)
    {
        string[] features = [.. champion.Signature.Inputs.Select(f => f.Name).Except(policy.Exclude)];
        string[] redacted = [.. LoggedRows.Redacted(sample.Rows).Intersect(features)];
        if (redacted.Length > 0)
            report = report with { Redacted = [.. redacted.Take(ShownColumns)] };
        if (features.Length > 0 && redacted.Length == features.Length)
            return new(report with { Summary = $"nothing can be compared: the log redacts {Listed(redacted)}" }, null, null);
        Table trained = await datasets.LoadAsync(await datasets.GetAsync(DatasetRef.Parse(report.Reference!), cancellationToken), cancellationToken);
        // On a thread of its own: requests wait for those of the pool, of which there may be one.
        TableDriftResult drift = await Task.Factory.StartNew(
            () => TableDrift.Compare(trained, LoggedRows.Features(champion.Signature, sample.Rows), policy.Options, features.Except(redacted)),
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Judge(report, DriftAnalysis.Of(drift, policy.Options), SampledRows.Told(sample.Total, sample.Share, sample.Predictions));
    }

    private static FullReport Judge(MonitorReport report, DriftAnalysis analysis, string predictions)
    {
        DriftColumn[] drifted = [.. analysis.Columns.Where(c => c.Drifted).OrderByDescending(c => c.Score)];
        int comparable = analysis.Columns.Count(c => c.Status != DriftStatus.NotComputable || c.Drifted);
        string columns = string.Join(", ", drifted.Take(5).Select(Told));
        string summary = drifted.Length == 0
            ? $"none of {comparable} columns drifted over {predictions}"
            : $"{drifted.Length} of {comparable} columns drifted over {predictions}: {columns}{(drifted.Length > 5 ? ", ..." : "")}";
        return new(
            report with
            {
                Status = analysis.DatasetDrift ? ReportStatus.Alarm : ReportStatus.Ok,
                Value = analysis.Share,
                Summary = report.Redacted is { } redacted ? $"{summary}; not compared, for the log redacts them: {Listed(redacted)}" : summary,
                Drifted = [.. drifted.Take(ShownColumns).Select(c => c.Name)],
            },
            analysis,
            null);
    }

    private static string Listed(IReadOnlyList<string> names) => string.Join(", ", names.Take(5)) + (names.Count > 5 ? ", ..." : "");

    private static string Told(DriftColumn column) => column.ValuesDrifted
        ? string.Create(CultureInfo.InvariantCulture, $"{column.Name} ({column.Test} {column.Score:0.00})")
        : string.Create(CultureInfo.InvariantCulture, $"{column.Name} (missing {column.ReferenceMissing:0.0%} -> {column.CurrentMissing:0.0%})");

    private static string TooFew(PredictionSample sample, DriftPolicy policy) =>
        $"{SampledRows.Told(sample.Total, sample.Share, sample.Predictions)} in the window, {policy.MinRows:N0} are needed for a verdict";
}
