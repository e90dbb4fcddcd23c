using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Explaining;

/// <summary>How permutation importance is measured.</summary>
public sealed record PermutationOptions
{
    /// <summary>A metric of the task; null: <see cref="MetricCatalog.DefaultFor"/>.</summary>
    public string? Metric { get; init; }

    /// <summary>How often each input is shuffled; 1 to 1000, default 5 as scikit-learn.</summary>
    public int Repeats { get; init; } = 5;

    public ulong Seed { get; init; } = 42;

    /// <summary>A column of the table that rows count with in the metric; null: all alike.</summary>
    public string? Weight { get; init; }
}

/// <summary>How much worse the metric becomes when an input is shuffled, in the metric's unit, positive is worse.</summary>
/// <param name="Mean">Over the repeats.</param>
/// <param name="Deviation">Their standard deviation (divided by the repeats, as scikit-learn).</param>
/// <param name="Values">One a repeat.</param>
public sealed record PermutedFeature(string Feature, double Mean, double Deviation, IReadOnlyList<double> Values);

/// <summary>
/// Permutation importance (Breiman 2001; Fisher, Rudin, Dominici 2019) of any model: what a metric loses when the values of one input are
/// shuffled among the rows. Inputs that say the same share it. Measured on rows that the model did not learn from it says what the model needs.
/// </summary>
public static class PermutationImportance
{
    /// <returns>One an input, the most important first. The same rows, options and model give the same.</returns>
    /// <exception cref="MlOpsException">Invalid <c>permutation</c>: repeats out of range, or the metric has no value on these rows; as of <see cref="MetricCatalog.Get(string, LearningTask)"/> and <see cref="ScoredRows.Join"/>.</exception>
    public static IReadOnlyList<PermutedFeature> Of(
        IModel model, Table rows, string target, PermutationOptions options, IProgress<ExplainProgress>? progress, CancellationToken cancellationToken)
    {
        if (options.Repeats is < 1 or > 1000)
            throw MlOpsException.Invalid("permutation", $"{options.Repeats} repeats: use 1 to 1000");
        MetricInfo metric = options.Metric is null ? MetricCatalog.DefaultFor(model.Signature.Task) : MetricCatalog.Get(options.Metric, model.Signature.Task);
        double baseline = Value(model, rows, target, metric, options.Weight);
        var found = new List<PermutedFeature>();
        foreach ((int input, FeatureSignature feature) in model.Signature.Inputs.Index())
        {
            var values = new double[options.Repeats];
            for (int repeat = 0; repeat < values.Length; repeat++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Table shuffled = rows.With(Shuffled(rows[feature.Name], SeededRandom.Derive(options.Seed, ((ulong)input * 1000) + (ulong)repeat)));
                values[repeat] = metric.Gain(baseline, Value(model, shuffled, target, metric, options.Weight));
            }

            found.Add(Summary(feature.Name, values));
            progress?.Report(new(found.Count, model.Signature.Inputs.Count));
        }

        return [.. found.OrderByDescending(f => f.Mean)];
    }

    private static PermutedFeature Summary(string name, double[] values)
    {
        double mean = values.Average();
        return new(name, mean, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), values);
    }

    private static Column Shuffled(Column column, SeededRandom random)
    {
        int[] order = [.. Enumerable.Range(0, column.Count)];
        random.Shuffle<int>(order);
        return column.Take(order);
    }

    private static double Value(IModel model, Table rows, string target, MetricInfo metric, string? weight)
    {
        MetricSet metrics = ModelMetrics.Compute(model, rows, target, weight);
        return metrics.Find(metric.Name) ?? throw MlOpsException.Invalid("permutation", $"{metric.Name} has no value on these rows: {metrics.WhyAbsent(metric.Name)}; choose another metric or other rows");
    }
}

/// <summary>Parts of a longer explanation that are done.</summary>
public sealed record ExplainProgress(int Done, int Total);
