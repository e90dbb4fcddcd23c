using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Metrics;

public class BinaryMetricsTests
{
    [Fact]
    public void All_ReferenceRows_EqualScikitLearn()
    {
        double[] scores = ReferenceData.Scores;
        bool[] positive = ReferenceData.Positive;
        Assert.Equal(0.741761690553405, BinaryMetrics.Auc(scores, positive), 1e-14);
        Assert.Equal(0.7348106309089972, Of("logLoss", scores, positive), 1e-14);
        Assert.Equal(0.194305, Of("brier", scores, positive), 1e-14);
        Assert.Equal(0.194, Of("ece", scores, positive), 1e-14);
    }

    [Theory]
    [InlineData(new[] { 0.1, 0.4, 0.35, 0.8 }, new[] { false, false, true, true }, 0.75)]
    [InlineData(new[] { 0.5, 0.5, 0.5 }, new[] { true, false, true }, 0.5)]
    [InlineData(new[] { 0.1, 0.9 }, new[] { false, true }, 1)]
    [InlineData(new[] { 0.1, 0.9 }, new[] { true, false }, 0)]
    public void Auc_CountedByHand_IsEqual(double[] scores, bool[] positive, double expected) =>
        Assert.Equal(expected, BinaryMetrics.Auc(scores, positive));

    [Fact]
    public void Auc_OneClass_IsNaN()
    {
        Assert.True(double.IsNaN(BinaryMetrics.Auc([0.1, 0.2], [true, true])));
        Assert.True(double.IsNaN(BinaryMetrics.Auc([0.1, 0.2], [false, false])));
    }

    /// <summary>scikit-learn 1.2: log_loss([1, 0], [0, 0.2]).</summary>
    [Fact]
    public void LogLoss_CertainMistake_IsClippedAsByScikitLearn() =>
        Assert.Equal(18.1334, Of("logLoss", [0, 0.2], [true, false]), 1e-4);

    [Fact]
    public void All_NoRows_AreErrors()
    {
        Assert.Throws<ArgumentException>(() => BinaryMetrics.Auc([], []));
        Assert.Throws<ArgumentException>(() => BinaryMetrics.Auc([0.5], []));
    }

    [Fact]
    public void Auc_ScoreNaN_IsAnError() =>
        Assert.Contains("score 2", Assert.Throws<ArgumentException>(() => BinaryMetrics.Auc([0.1, double.NaN, 0.2], [true, false, true])).Message, StringComparison.Ordinal);

    /// <summary>Products of four weights would overflow, or vanish.</summary>
    [Theory]
    [InlineData(1e80)]
    [InlineData(1e-90)]
    [InlineData(1e300)]
    public void MccAndKappa_WeightsOfAnyUnit_AreThoseOfOnes(double weight)
    {
        Predictions predictions = ReferenceData.Binary(ReferenceData.Scores);
        var truth = CategoryColumn.From("churn", ReferenceData.Positive.Select(p => p ? "yes" : "no"));
        MetricSet ones = ModelMetrics.Compute(predictions, truth);
        MetricSet weighted = ModelMetrics.Compute(ScoredRows.Join(predictions, truth, new NumberColumn("w", [.. Enumerable.Repeat(weight, ReferenceData.Rows)])));
        Assert.Equal(ones.Values["mcc"], weighted.Values["mcc"], 1e-12);
        Assert.Equal(ones.Values["kappa"], weighted.Values["kappa"], 1e-12);
    }

    // Scores are drawn from few values, so that ties are the rule.
    [Fact]
    public void Auc_AnyRows_EqualsCountingOfPairs() => Prop.ForAll(Rows(), rows =>
        Same(Naive(rows), BinaryMetrics.Auc(Scores(rows), Positive(rows)))).QuickCheckThrowOnFailure();

    [Fact]
    public void Auc_MonotoneMap_DoesNotChange() => Prop.ForAll(Rows(), rows =>
        Same(BinaryMetrics.Auc(Scores(rows), Positive(rows)), BinaryMetrics.Auc([.. Scores(rows).Select(s => Math.Exp(3 * s) - 7)], Positive(rows)))).QuickCheckThrowOnFailure();

    [Fact]
    public void Auc_ScoresNegated_IsTheComplement() => Prop.ForAll(Rows(), rows =>
        Same(1 - BinaryMetrics.Auc(Scores(rows), Positive(rows)), BinaryMetrics.Auc([.. Scores(rows).Select(s => -s)], Positive(rows)))).QuickCheckThrowOnFailure();

    [Fact]
    public void BrierAndLogLoss_BothClassesSwapped_DoNotChange() => Prop.ForAll(Rows(), rows =>
    {
        double[] swapped = [.. Scores(rows).Select(s => 1 - s)];
        bool[] negative = [.. Positive(rows).Select(p => !p)];
        return ((string[])["brier", "logLoss"]).All(metric => Same(Of(metric, Scores(rows), Positive(rows)), Of(metric, swapped, negative)));
    }).QuickCheckThrowOnFailure();

    private static double Of(string metric, double[] scores, bool[] positive) =>
        ModelMetrics.Compute(ReferenceData.Binary(scores), CategoryColumn.From("churn", positive.Select(p => p ? "yes" : "no"))).Values[metric];

    private static Arbitrary<(int Score, bool Positive)[]> Rows() =>
        Gen.Choose(1, 19).SelectMany(score => Gen.Choose(0, 1).Select(label => (score, label == 1))).NonEmptyListOf().Select(rows => rows.ToArray()).ToArbitrary();

    private static double[] Scores((int Score, bool)[] rows) => [.. rows.Select(r => r.Score / 20.0)];

    private static bool[] Positive((int, bool Positive)[] rows) => [.. rows.Select(r => r.Positive)];

    private static double Naive((int Score, bool Positive)[] rows)
    {
        double wins = 0, pairs = 0;
        foreach ((int score, bool _) in rows.Where(r => r.Positive))
        {
            foreach ((int other, bool _) in rows.Where(r => !r.Positive))
            {
                wins += score > other ? 1 : score == other ? 0.5 : 0;
                pairs++;
            }
        }

        return wins / pairs;
    }

    private static bool Same(double a, double b) => (double.IsNaN(a) && double.IsNaN(b)) || Math.Abs(a - b) < 1e-12;
}
