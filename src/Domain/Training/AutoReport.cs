using MlOps.Learning.Metrics;

namespace MlOps.Domain.Training;

/// <summary>What a choice between families of trainers came to. A document: kept with the run, and what `mlops train --trainer auto --json` says.</summary>
/// <param name="Metric">What was compared: the default metric of the task.</param>
/// <param name="Baseline">The constant answer, on the same folds.</param>
/// <param name="Families">In order of simplicity.</param>
/// <param name="Chosen">The family that was fitted again, on all rows.</param>
/// <param name="Reason">Why, a sentence.</param>
public sealed record AutoReport(
    string Metric, bool HigherIsBetter, int Folds, FamilyScore Baseline, IReadOnlyList<FamilyScore> Families, string Chosen, string Reason);

/// <summary>How a family did on rows that it had not seen.</summary>
/// <param name="Parameters">Those it was fitted with; on all rows with <paramref name="Rounds"/> trees, where it stopped early.</param>
/// <param name="Mean">Over the folds.</param>
/// <param name="Low">End of the 95 % interval of the mean by Student's t over the folds; folds share rows, so it is rather too narrow.</param>
/// <param name="High">The other end.</param>
/// <param name="OverBaseline">By how much better than the baseline, above 0 is better whatever the metric.</param>
/// <param name="BehindBest">By how much worse than the best family; 0 for that.</param>
public sealed record FamilyScore(
    string Trainer, IReadOnlyDictionary<string, string> Parameters, double Mean, double Low, double High, Difference OverBaseline, Difference BehindBest, int? Rounds = null);

/// <summary>A mean of differences on the same folds, and its standard error.</summary>
public sealed record Difference(double Mean, double StandardError)
{
    public static Difference Of(MetricInfo metric, IReadOnlyList<double> better, IReadOnlyList<double> worse)
    {
        MetricSpread spread = MetricSpread.Of([.. better.Zip(worse, metric.Gain)]);
        return new Difference(spread.Mean, spread.StandardDeviation / Math.Sqrt(spread.Folds));
    }
}
