using System.Globalization;
using MlOps.Domain.Experiments;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>
/// Writes a training into its run. Metric points carry the run's start as their time: with the time of writing, a run that starts over
/// would log every point twice.
/// </summary>
internal sealed class TrainingRecord(ExperimentTracker tracker, Run run)
{
    /// <summary>The param that tells whether a rebuilt split is the one the model was trained by.</summary>
    public const string SplitDigest = "split.digest";

    private const int PointsAtOnce = 1_000;

    public ModelArtifacts Artifacts { get; } = new(tracker, run.Id);

    /// <summary>All that decides the model besides the data. Trainer parameters are logged as given; the model file has the defaults too.</summary>
    public static IReadOnlyDictionary<string, string> Params(TrainingJob job)
    {
        var values = new Dictionary<string, string>();
        foreach ((string name, string value) in job.Spec.Parameters)
            values[name] = value;
        values["trainer"] = job.Trainer;
        values["task"] = job.Spec.Task.ToString().ToLowerInvariant();
        values["target"] = job.Spec.Target;
        values["seed"] = Text(job.Spec.Seed);
        values["split.test"] = Text(job.Split.Test);
        values["split.validation"] = Text(job.Split.Validation);
        values["split.seed"] = Text(job.Split.Seed);
        AddIf(values, "split.folds", job.Split.Folds == 0 ? null : Text(job.Split.Folds));
        AddIf(values, "split.stratifyBy", job.Split.StratifyBy);
        AddIf(values, "split.timeColumn", job.Split.TimeColumn);
        AddIf(values, "positiveClass", job.Spec.PositiveClass);
        AddIf(values, "weight", job.Spec.Weight);
        return values;
    }

    public async Task LogMetricsAsync(TrainedModel trained, IReadOnlyList<TrainingProgress> losses, CancellationToken cancellationToken)
    {
        IEnumerable<MetricPoint> points = losses.SelectMany(Losses)
            .Concat(Points("train", trained.Training, 0))
            .Concat(trained.Validation is null ? [] : Points("validation", trained.Validation, 0))
            .Concat(trained.Baseline is null ? [] : Points("baseline", trained.Baseline, 0))
            .Concat(trained.Auto is null ? [] : Points(trained.Auto))
            .Concat(trained.CrossValidation is null ? [] : Points(trained.CrossValidation));
        foreach (MetricPoint[] chunk in points.Chunk(PointsAtOnce))
            await tracker.LogMetricsAsync(run.Id, chunk, cancellationToken);
    }

    public async Task LogDataAsync(Table table, DataSplit split, CancellationToken cancellationToken)
    {
        var sizes = new Dictionary<string, string>
        {
            ["rows.train"] = Text(split.Train.Length),
            ["rows.validation"] = Text(split.Validation.Length),
            ["rows.test"] = Text(split.Test.Length),
            [SplitDigest] = split.Digest(),
        };
        await tracker.LogParamsAsync(run.Id, sizes, cancellationToken);
        await Artifacts.LogJsonAsync("data/schema.json", table.Schema, cancellationToken);
        await Artifacts.LogJsonAsync("data/profile.json", TableProfile.Of(table, split.Train), cancellationToken);
    }

    private IEnumerable<MetricPoint> Losses(TrainingProgress report)
    {
        if (report.TrainingLoss is { } training)
            yield return Point("train.loss", training, report.Done);
        if (report.ValidationLoss is { } validation)
            yield return Point("validation.loss", validation, report.Done);
    }

    private IEnumerable<MetricPoint> Points(CrossValidationResult result) =>
        result.Folds.SelectMany((fold, step) => Points("fold", fold, step))
            .Concat(result.Spread.SelectMany(metric => new[]
            {
                Point($"cv.{metric.Key}.mean", metric.Value.Mean, 0),
                Point($"cv.{metric.Key}.std", metric.Value.StandardDeviation, 0),
            }));

    private IEnumerable<MetricPoint> Points(AutoReport report) =>
        report.Families.Append(report.Baseline).Select(family => Point($"auto.{family.Trainer}.{report.Metric}", family.Mean, 0));

    private IEnumerable<MetricPoint> Points(string prefix, MetricSet metrics, long step) =>
        metrics.Values.Select(metric => Point($"{prefix}.{metric.Key}", metric.Value, step));

    private MetricPoint Point(string name, double value, long step) => new(name, value, step, run.StartedAt);

    private static void AddIf(Dictionary<string, string> values, string name, string? value)
    {
        if (value is not null)
            values[name] = value;
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
