using System.Globalization;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Monitoring;

/// <summary>Measures the champion on its own predictions whose truth came in.</summary>
public sealed class PerformanceMonitor(ModelRegistry registry, FeedbackStore feedback, LogPolicies policies)
{
    internal async Task<FullReport> MeasureAsync(MeasureInput input, PerformancePolicy policy, CancellationToken cancellationToken)
    {
        var report = new MonitorReport(
            input.ReportId, input.Model, ReportKind.Performance, ReportStatus.NotPossible, input.At, input.At - policy.Window, input.At,
            null, null, 0, null, policy.AtLeast ?? policy.AtMost, "", []);
        try
        {
            return await MeasureAsync(report, policy, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
        {
            return new(report with { Summary = e.Message }, null, null);
        }
    }

    private async Task<FullReport> MeasureAsync(MonitorReport report, PerformancePolicy policy, CancellationToken cancellationToken)
    {
        ModelVersion champion = await registry.ResolveAsync(new ModelSelector(report.Model, Alias: RegistryLimits.Champion), cancellationToken);
        var rows = new List<LabelledPrediction>();
        await foreach (LabelledPrediction row in feedback.JoinAsync(report.Model, report.From, report.To, cancellationToken))
        {
            if (row.Prediction.Version == champion.Version)
                rows.Add(row);
        }

        // Of two classes no metric has a third one; a new version that is tried may know it.
        int unknown = champion.Signature.Task == LearningTask.Binary ? rows.RemoveAll(r => !champion.Signature.Classes.Contains(r.Truth)) : 0;

        // Where the logged share changed within the window, the rows of a time when more was logged must not outweigh the others.
        (double share, double predictions) = (rows.Count == 0 ? 1 : rows.Min(r => r.Prediction.Sample), rows.Sum(r => 1 / r.Prediction.Sample));
        rows.RemoveAll(r => !RequestSample.Takes(share, r.Prediction.RequestId, r.Prediction.Arrival.Draw));
        report = SampledRows.Of(report with { Version = champion.Version, Rows = rows.Count }, share, (long)Math.Round(predictions));
        if (rows.Count < policy.MinRows)
            return new(report with { Status = ReportStatus.NotEnoughRows, Summary = TooFew(rows.Count, policy) + SampledRows.Why((await policies.GetAsync(report.Model, cancellationToken)).Policy) }, null, null);
        FullReport judged = Judge(report, policy, ModelMetrics.Compute(Predictions(champion.Signature, rows), Truth(champion.Signature, rows)));
        return unknown == 0 ? judged : judged with { Report = judged.Report with { Summary = $"{judged.Report.Summary}; {unknown:N0} left out whose truth is a class that version {champion.Version} does not know" } };
    }

    private static FullReport Judge(MonitorReport report, PerformancePolicy policy, MetricSet metrics)
    {
        if (metrics.Find(policy.Metric) is not { } value)
            return new(report with { Summary = $"{policy.Metric} cannot be computed: {metrics.WhyAbsent(policy.Metric)}" }, null, metrics.Values);
        bool low = value < policy.AtLeast, high = value > policy.AtMost;
        double? limit = high ? policy.AtMost : policy.AtLeast ?? policy.AtMost;
        (string shown, string bound) = Figures.Compared(value, limit ?? double.NaN);
        string verdict = low ? $"below its limit {bound}" : high ? $"above its limit {bound}" : "within its limits";
        return new(
            report with
            {
                Status = low || high ? ReportStatus.Alarm : ReportStatus.Ok,
                Value = value,
                Limit = limit,
                Summary = string.Create(CultureInfo.InvariantCulture, $"{policy.Metric} {shown} over {SampledRows.Told(report.Rows, report.Sample ?? 1, report.Predictions ?? 0)} with truth is {verdict}"),
            },
            null,
            metrics.Values);
    }

    private static Predictions Predictions(ModelSignature signature, List<LabelledPrediction> rows) =>
        new(signature.Task, signature.Classes, [.. rows.SelectMany(r => r.Prediction.Scores)]);

    private static Column Truth(ModelSignature signature, List<LabelledPrediction> rows) => signature.Task == LearningTask.Regression
        ? new NumberColumn(signature.Target, [.. rows.Select(r => double.Parse(r.Truth, CultureInfo.InvariantCulture))])
        : CategoryColumn.From(signature.Target, rows.Select(r => r.Truth));

    private static string TooFew(int rows, PerformancePolicy policy) =>
        $"{rows:N0} predictions of the champion with their truth in the window, {policy.MinRows:N0} are needed for a verdict";
}
