using System.Globalization;
using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Evaluation;

public enum GateKind
{
    /// <summary>A metric against fixed limits.</summary>
    Absolute,

    /// <summary>A metric against that of the current champion on rows that neither learned from.</summary>
    Champion,

    /// <summary>A metric or rate between the groups of a column.</summary>
    Fairness,
}

/// <summary>One condition that a candidate must meet before it is registered. Made by the factory methods.</summary>
public sealed record GateSpec
{
    public required GateKind Kind { get; init; }

    /// <summary>A metric of <see cref="MetricCatalog"/>; for fairness also a rate of <see cref="GroupRates"/>.</summary>
    public required string Metric { get; init; }

    /// <summary>Absolute: inclusive lower limit.</summary>
    public double? AtLeast { get; init; }

    /// <summary>Absolute: inclusive upper limit.</summary>
    public double? AtMost { get; init; }

    /// <summary>Champion: how much worse than the champion still passes, in the metric's unit; default 0.</summary>
    public double Tolerance { get; init; }

    /// <summary>Champion: whether a comparison that cannot be measured passes; default no.</summary>
    public bool UnmeasuredPasses { get; init; }

    /// <summary>Fairness: the column whose groups are compared.</summary>
    public string? Column { get; init; }

    /// <summary>Fairness: largest allowed difference between the groups with the greatest and the smallest value.</summary>
    public double? MaxDifference { get; init; }

    /// <summary>Fairness: smallest allowed ratio of the smallest to the greatest value, 0 to 1; 0.8 is the four-fifths rule.</summary>
    public double? MinRatio { get; init; }

    /// <summary>What reports call the gate: <c>auc &gt;= 0.8</c>, <c>auc vs champion</c>, <c>recall difference by female &lt;= 0.1</c>.</summary>
    public string Name => Kind switch
    {
        GateKind.Champion => $"{Metric} vs champion",
        GateKind.Fairness => MaxDifference is { } difference ? $"{Metric} difference by {Column} <= {Text(difference)}" : $"{Metric} ratio by {Column} >= {Text(MinRatio ?? 0)}",
        _ => string.Join(" and ", Limits()),
    };

    public static GateSpec Absolute(string metric, double? atLeast = null, double? atMost = null) =>
        new() { Kind = GateKind.Absolute, Metric = metric, AtLeast = atLeast, AtMost = atMost };

    public static GateSpec Champion(string metric, double tolerance = 0, bool unmeasuredPasses = false) =>
        new() { Kind = GateKind.Champion, Metric = metric, Tolerance = tolerance, UnmeasuredPasses = unmeasuredPasses };

    public static GateSpec Fairness(string column, string metric, double? maxDifference = null, double? minRatio = null) =>
        new() { Kind = GateKind.Fairness, Column = column, Metric = metric, MaxDifference = maxDifference, MinRatio = minRatio };

    /// <exception cref="MlOpsException">Invalid <c>gate-spec</c>: all that is wrong with the gate for this task.</exception>
    public void Check(LearningTask task)
    {
        string[] problems = [.. Problems(task)];
        if (problems.Length > 0)
            throw MlOpsException.Invalid("gate-spec", $"gate '{Name}' cannot be checked: {string.Join("; ", problems)}");
    }

    private IEnumerable<string> Problems(LearningTask task)
    {
        string[] known = [.. MetricCatalog.For(task).Select(m => m.Name), .. Kind == GateKind.Fairness && task == LearningTask.Binary ? GroupRates.All : []];
        if (!known.Contains(Metric))
            yield return $"'{Metric}' is not among: {string.Join(", ", known)}";
        if (Kind == GateKind.Absolute && ((AtLeast is null && AtMost is null) || AtLeast > AtMost || AtLeast is double.NaN || AtMost is double.NaN))
            yield return "it needs a limit 'at least', 'at most', or both with the first not above the second";
        if (Kind == GateKind.Champion && !(Tolerance >= 0))
            yield return $"the tolerance is {Text(Tolerance)}, it must be at least 0";
        if (Kind == GateKind.Fairness && string.IsNullOrEmpty(Column))
            yield return "it needs the column whose groups are compared";
        if (Kind == GateKind.Fairness && !HasOneFairnessLimit())
            yield return "it needs either a largest difference (at least 0) or a smallest ratio (0 to 1)";
    }

    private bool HasOneFairnessLimit() => MinRatio is null ? MaxDifference >= 0 : MaxDifference is null && MinRatio is >= 0 and <= 1;

    private IEnumerable<string> Limits()
    {
        if (AtLeast is { } low)
            yield return $"{Metric} >= {Text(low)}";
        if (AtMost is { } high)
            yield return $"{Metric} <= {Text(high)}";
    }

    /// <summary>A limit as it was given, all its digits.</summary>
    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
