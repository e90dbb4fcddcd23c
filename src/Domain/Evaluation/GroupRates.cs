using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Evaluation;

/// <summary>Rates of a group that fairness criteria compare, beside the metrics; at threshold 0.5, binary tasks only. <c>recall</c> is the true positive rate.</summary>
public static class GroupRates
{
    /// <summary>Share of the group that is predicted positive: demographic parity, disparate impact.</summary>
    public const string SelectionRate = "selectionRate";

    /// <summary>Share of the group's negative rows that are predicted positive: equalised odds.</summary>
    public const string FalsePositiveRate = "falsePositiveRate";

    /// <summary>Share of the group that truly is positive.</summary>
    public const string BaseRate = "baseRate";

    public static readonly IReadOnlyList<string> All = [SelectionRate, FalsePositiveRate, BaseRate];

    internal static MetricSet AddTo(MetricSet metrics, ScoredRows rows)
    {
        if (rows.Task != LearningTask.Binary || rows.FirstNaN() >= 0)
            return metrics;
        ConfusionMatrix confusion = rows.Confusion()!;
        var values = new Dictionary<string, double>(metrics.Values)
        {
            [SelectionRate] = (double)confusion.Predicted(1) / rows.Count,
            [BaseRate] = (double)confusion.Actual(1) / rows.Count,
        };
        var absent = new Dictionary<string, string>(metrics.Absent);
        if (confusion.Actual(0) > 0)
            values[FalsePositiveRate] = (double)confusion.Counts[0][1] / confusion.Actual(0);
        else
            absent[FalsePositiveRate] = $"no row is of class '{rows.Classes[0]}'";
        return new MetricSet(values, absent);
    }
}
