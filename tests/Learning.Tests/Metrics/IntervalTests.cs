using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Metrics;

public class IntervalTests
{
    private static readonly ScoredRows Rows = ScoredRows.Join(
        ReferenceData.Binary(ReferenceData.Scores), CategoryColumn.From("churn", ReferenceData.Positive.Select(p => p ? "yes" : "no")));

    [Fact]
    public void Intervals_AnyThreads_AreTheSameAndHoldTheValue()
    {
        IReadOnlyDictionary<string, MetricInterval> one = Intervals(Rows, threads: 1), two = Intervals(Rows, threads: 2);
        MetricSet metrics = ModelMetrics.Compute(Rows);

        Assert.Equal(one, two);
        Assert.Equal(metrics.Values.Keys.Where(m => m != "ece").Order(), one.Keys.Where(m => m != "ece").Order());
        // The calibration error of a resample is larger than that of the rows: its interval is biased upwards.
        Assert.All(one.Where(i => i.Key != "ece"), i => Assert.InRange(metrics.Values[i.Key], i.Value.Low, i.Value.High));
        Assert.NotEqual(one, Intervals(Rows, threads: 1, seed: 43));
    }

    /// <summary>The standard error of a share is known: sqrt(p (1 - p) / n) in each class.</summary>
    [Fact]
    public void Intervals_OfRecall_AreAsWideAsTheBinomialLawSays()
    {
        MetricInterval recall = Intervals(Rows, resamples: 2000)["recall"];
        double p = ModelMetrics.Compute(Rows).Values["recall"];
        double expected = 2 * 1.96 * Math.Sqrt(p * (1 - p) / ReferenceData.Positive.Count(x => x));
        Assert.InRange((recall.High - recall.Low) / expected, 0.85, 1.15);
    }

    [Fact]
    public void Intervals_OneRowOfAClass_StillHaveBothClasses()
    {
        ScoredRows rows = ScoredRows.Join(ReferenceData.Binary(0.9, 0.1, 0.2, 0.3), ReferenceData.Truth("yes", "no", "no", "no"));
        Assert.Equal(new MetricInterval(1, 1, 0.95, 100), Intervals(rows)["auc"]);
    }

    [Fact]
    public void Intervals_Regression_HoldTheValue()
    {
        ScoredRows rows = ScoredRows.Join(new Predictions(LearningTask.Regression, [], ReferenceData.Predicted), new NumberColumn("y", ReferenceData.Targets));
        MetricInterval median = Intervals(rows)["medianAbsoluteError"], rmse = Intervals(rows)["rmse"];
        Assert.InRange(ModelMetrics.Compute(rows).Values["medianAbsoluteError"], median.Low, median.High);
        Assert.InRange(ModelMetrics.Compute(rows).Values["rmse"], rmse.Low, rmse.High);
    }

    /// <summary>Of 100 rows 3 weigh, so that nearly every twentieth resample of all rows would be of nothing.</summary>
    [Fact]
    public void Intervals_FewRowsWeigh_AreThoseOfTheseRows()
    {
        double[] weights = [.. Enumerable.Range(0, 100).Select(i => i < 3 ? 1.0 : 0)];
        var binary = new Predictions(LearningTask.Binary, ["no", "yes"], [.. Enumerable.Range(0, 100).Select(i => i / 100.0)]);
        var multiclass = new Predictions(LearningTask.Multiclass, ["a", "b", "c"], [.. Enumerable.Range(0, 100).SelectMany(i => (double[])[0.5, i / 200.0, 0.5 - (i / 200.0)])]);
        var target = CategoryColumn.From("y", Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? "no" : "yes"));
        var classes = CategoryColumn.From("y", Enumerable.Range(0, 100).Select(i => "abc"[i % 3].ToString()));

        SameAsOfThree(ScoredRows.Join(binary, target, new NumberColumn("w", weights)));
        SameAsOfThree(ScoredRows.Join(multiclass, classes, new NumberColumn("w", weights)));
    }

    [Fact]
    public void Compute_EveryRowWeighsNothing_LeavesEveryMetricAbsent()
    {
        ScoredRows rows = ScoredRows.Join(ReferenceData.Binary(0.1, 0.7, 0.9), ReferenceData.Truth("no", "yes", "yes"), new NumberColumn("w", [0, 0, 1])).Take([0, 1]);
        Assert.Empty(ModelMetrics.Compute(rows).Values);
        Assert.Equal("every row weighs 0", ModelMetrics.Compute(rows).WhyAbsent("balancedAccuracy"));
        Assert.Empty(Intervals(rows));
    }

    [Theory]
    [InlineData(5, 0.95)]
    [InlineData(100, 1.0)]
    [InlineData(100, double.NaN)]
    public void Intervals_OptionsOutOfRange_AreRefused(int resamples, double level) =>
        Assert.Equal("intervals", Assert.Throws<MlOpsException>(() => ModelMetrics.Intervals(Rows, new IntervalOptions { Resamples = resamples, Level = level }, CancellationToken.None)).Code);

    [Fact]
    public void Intervals_Cancelled_Stop() =>
        Assert.ThrowsAny<OperationCanceledException>(() => ModelMetrics.Intervals(Rows, new IntervalOptions(), new CancellationToken(true)));

    [Theory]
    [InlineData(new[] { 1, double.NaN }, "missing in row 2")]
    [InlineData(new[] { -1.0, 1 }, "-1 in row 1")]
    [InlineData(new[] { 0.0, 0 }, "sum to 0 over 2 rows")]
    public void Join_UnusableWeights_SayWhichRow(double[] weights, string expected)
    {
        var error = Assert.Throws<MlOpsException>(() => ScoredRows.Join(ReferenceData.Binary(0.1, 0.2), ReferenceData.Truth("yes", "no"), new NumberColumn("w", weights)));
        Assert.Equal("weight", error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static void SameAsOfThree(ScoredRows rows)
    {
        IReadOnlyDictionary<string, MetricInterval> all = Intervals(rows, resamples: 200), three = Intervals(rows.Take([0, 1, 2]), resamples: 200);
        Assert.Equal(three["accuracy"], all["accuracy"]);
        Assert.Equal(three.Keys.Order(), all.Keys.Order());
    }

    private static IReadOnlyDictionary<string, MetricInterval> Intervals(ScoredRows rows, int resamples = 100, int threads = 1, ulong seed = 42) =>
        ModelMetrics.Intervals(rows, new IntervalOptions { Resamples = resamples, Threads = threads, Seed = seed }, CancellationToken.None);
}
