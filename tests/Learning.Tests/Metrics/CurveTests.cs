using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Metrics;

public class CurveTests
{
    [Fact]
    public void Of_ManyRows_AreThinnedWithinTheBound()
    {
        Prop.ForAll(Gen.Zip(Gen.Choose(1, 1000), Gen.Choose(300, 5000)).ToArbitrary(), c =>
        {
            ScoredRows rows = Rows(c.Item1, c.Item2);
            MetricSet metrics = ModelMetrics.Compute(rows);
            ClassCurves curves = ClassCurves.Of(rows).Single();
            Assert.InRange(curves.Roc.Count, 50, 700);
            Assert.Equal(metrics.Values["auc"], CurveAreas.Roc(curves.Roc), ClassCurves.AreaBound);
            Assert.Equal(metrics.Values["averagePrecision"], CurveAreas.PrecisionRecall(curves.PrecisionRecall), ClassCurves.AreaBound);
            Assert.Equal((null, 0.0, 0.0), (curves.Roc[0].Threshold, curves.Roc[0].FalsePositiveRate, curves.Roc[0].TruePositiveRate));
            Assert.Equal((1.0, 1.0), (curves.Roc[^1].FalsePositiveRate, curves.Roc[^1].TruePositiveRate));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));
    }

    [Fact]
    public void Gains_CountedByHand_AreEqual()
    {
        ClassCurves curves = ClassCurves.Of(ScoredRows.Join(
            new Predictions(LearningTask.Binary, ["no", "yes"], [0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.3, 0.2, 0.1, 0.05]),
            CategoryColumn.From("y", ["yes", "no", "yes", "no", "yes", "no", "no", "no", "no", "no"]))).Single();

        Assert.Equal((0.1, 0.9, 1.0, 1 / 3.0), (curves.Gains[0].Share, curves.Gains[0].Threshold, curves.Gains[0].Rate, curves.Gains[0].Gain));
        Assert.Equal(0, curves.Gains[1].Rate, 1e-12);
        // Two rows of one score lie around the cut, one of them positive: half of it on each side.
        Assert.Equal(2.5 / 3, curves.Gains[4].Gain, 1e-12);
        Assert.Equal(2.5 / 3 / 0.5, curves.Gains[4].Lift, 1e-12);
        Assert.Equal((1.0, 1.0), (curves.Gains[^1].Gain, curves.Gains[^1].Lift));
    }

    /// <summary>Scores with ties; a weight of 2 is a row that is there twice.</summary>
    [Fact]
    public void Gains_WholeWeights_AreRepeatedRows()
    {
        double[] scores = [.. Enumerable.Range(0, 60).Select(i => i * 7 % 13 / 13.0)];
        string[] truth = [.. Enumerable.Range(0, 60).Select(i => i * 5 % 7 < 3 ? "yes" : "no")];
        int[] repeated = [.. Enumerable.Range(0, 60).SelectMany(i => Enumerable.Repeat(i, i % 4))];
        var weight = new NumberColumn("w", [.. Enumerable.Range(0, 60).Select(i => i % 4.0)]);

        IReadOnlyList<GainStep> weighted = ClassCurves.Of(ScoredRows.Join(ReferenceData.Binary(scores), ReferenceData.Truth(truth), weight)).Single().Gains;
        IReadOnlyList<GainStep> many = ClassCurves.Of(ScoredRows.Join(ReferenceData.Binary([.. repeated.Select(i => scores[i])]), ReferenceData.Truth([.. repeated.Select(i => truth[i])]))).Single().Gains;

        Assert.All(many.Zip(weighted), p => Assert.Equal((p.First.Threshold, Math.Round(p.First.Gain, 12), Math.Round(p.First.Rate, 12)), (p.Second.Threshold, Math.Round(p.Second.Gain, 12), Math.Round(p.Second.Rate, 12))));
        Assert.NotEqual(many.Select(g => g.Gain), ClassCurves.Of(ScoredRows.Join(ReferenceData.Binary(scores), ReferenceData.Truth(truth))).Single().Gains.Select(g => g.Gain));
    }

    [Fact]
    public void Of_OneClass_HasNoPoints() =>
        Assert.Empty(ClassCurves.Of(ScoredRows.Join(ReferenceData.Binary(0.1, 0.9), ReferenceData.Truth("no", "no"))).Single().Roc);

    [Fact]
    public void Of_Multiclass_HasACurveForEachClass()
    {
        string[] classes = ["a", "b", "c"];
        ScoredRows rows = ScoredRows.Join(new Predictions(LearningTask.Multiclass, classes, ReferenceData.Probabilities), new CategoryColumn("y", ReferenceData.Labels, classes));

        IReadOnlyList<ClassCurves> curves = ClassCurves.Of(rows);

        Assert.Equal(classes, curves.Select(c => c.Class));
        Assert.Equal(ModelMetrics.Compute(rows).Values["auc"], curves.Average(c => CurveAreas.Roc(c.Roc)), 1e-12);
    }

    private static ScoredRows Rows(int seed, int count)
    {
        var random = new SeededRandom((ulong)seed);
        bool[] positive = [.. Enumerable.Range(0, count).Select(i => i < 2 ? i == 0 : random.NextDouble() < 0.3)];
        double[] scores = [.. positive.Select(p => Links.Sigmoid(random.NextGaussian() + (p ? 1 : 0)))];
        return ScoredRows.Join(ReferenceData.Binary(scores), ReferenceData.Truth([.. positive.Select(p => p ? "yes" : "no")]));
    }
}
