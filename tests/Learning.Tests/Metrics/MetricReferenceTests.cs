using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Metrics;

public class MetricReferenceTests
{
    private const double Tolerance = 1e-9;

    public static TheoryData<string> Cases => [.. MetricReference.All.Select(c => c.ToString())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Compute_ReferenceRows_EqualsScikitLearn(string name)
    {
        MetricReference reference = Get(name);
        MetricSet metrics = ModelMetrics.Compute(reference.Rows());

        foreach ((string metric, double expected) in reference.Expected)
            Assert.True(Math.Abs(expected - metrics.Values.GetValueOrDefault(metric, double.NaN)) <= Tolerance * Math.Max(1, Math.Abs(expected)), $"{metric}: {metrics.Find(metric)} ({metrics.WhyAbsent(metric)}), scikit-learn {expected}");
        // What scikit-learn has no number for, or one of convention only, has a reason.
        Assert.Equal(MetricCatalog.For(reference.Task).Select(m => m.Name).Order(), metrics.Values.Keys.Concat(metrics.Absent.Keys).Order());
        Assert.All(metrics.Absent.Values, Assert.NotEmpty);
        Assert.Empty(reference.Expected.Keys.Intersect(metrics.Absent.Keys));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Curves_ReferenceRows_HaveThePointsOfScikitLearn(string name)
    {
        MetricReference reference = Get(name);
        if (reference.Roc is null)
            return;
        ClassCurves curves = Assert.Single(ClassCurves.Of(reference.Rows()));

        Assert.All(curves.Roc.Skip(1), p => Assert.Contains(reference.Roc, e => Same(e, p.Threshold!.Value, p.FalsePositiveRate, p.TruePositiveRate)));
        Assert.All(curves.PrecisionRecall.Skip(1), p => Assert.Contains(reference.PrecisionRecall!, e => Same(e, p.Threshold!.Value, p.Recall, p.Precision)));
        Assert.Equal(reference.Expected["auc"], CurveAreas.Roc(curves.Roc), Tolerance);
        Assert.Equal(reference.Expected["averagePrecision"], CurveAreas.PrecisionRecall(curves.PrecisionRecall), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void CalibrationBins_ReferenceRows_EqualScikitLearn(string name)
    {
        MetricReference reference = Get(name);
        if (reference.Uniform is null)
            return;
        Check(reference.Uniform, reference.Rows().CalibrationBins());
        Check(reference.Quantile!, reference.Rows().CalibrationBins(5, CalibrationCut.Quantile));

        static void Check(double[][] expected, IReadOnlyList<CalibrationBin> bins)
        {
            CalibrationBin[] full = [.. bins.Where(b => b.Rows > 0)];
            Assert.Equal(expected[0].Length, full.Length);
            Assert.All(full.Index(), b => Assert.Equal(expected[0][b.Index], b.Item.MeanScore!.Value, Tolerance));
            Assert.All(full.Index(), b => Assert.Equal(expected[1][b.Index], b.Item.ObservedShare!.Value, Tolerance));
        }
    }

    /// <summary>A weight of 2 is a row that is there twice.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Compute_WholeWeights_AreRepeatedRows(string name)
    {
        ScoredRows rows = Get(name).Rows();
        int[] twice = [.. Enumerable.Range(0, rows.Count).SelectMany(row => Enumerable.Repeat(row, row % 3))];
        if (rows.Task == LearningTask.Regression || rows.Weights.Repeats is false || twice.Length == 0)
            return;
        MetricFrame frame = MetricFrame.Of(rows, again: true);
        MetricFrame repeated = MetricFrame.Of(rows.Take(twice), again: false);
        // The frame has an order of its own, so the weights are put into it by way of rows that carry them.
        var counted = ScoredRows.Join(
            new Predictions(rows.Task, [.. rows.Classes], rows.Scores.ToArray()),
            new Learning.Tables.CategoryColumn("y", rows.Labels, rows.Classes),
            new Learning.Tables.NumberColumn("w", [.. Enumerable.Range(0, rows.Count).Select(row => row % 3.0)]));

        MetricSet expected = repeated.Compute(repeated.Weights), got = ModelMetrics.Compute(counted);

        Assert.NotEmpty(frame.Compute(frame.Weights).Values);
        Assert.Equal(expected.Values.Keys.Order(), got.Values.Keys.Order());
        Assert.All(expected.Values, m => Assert.Equal(m.Value, got.Values[m.Key], 1e-12));
    }

    private static MetricReference Get(string name) => MetricReference.All.Single(c => c.ToString() == name);

    private static bool Same(double[] expected, double at, double x, double y) =>
        Math.Abs(expected[0] - at) < Tolerance && Math.Abs(expected[1] - x) < Tolerance && Math.Abs(expected[2] - y) < Tolerance;
}

internal static class CurveAreas
{
    public static double Roc(IReadOnlyList<RocPoint> points) =>
        points.Zip(points.Skip(1), (a, b) => (b.FalsePositiveRate - a.FalsePositiveRate) * (a.TruePositiveRate + b.TruePositiveRate) / 2).Sum();

    public static double PrecisionRecall(IReadOnlyList<PrecisionRecallPoint> points) =>
        points.Zip(points.Skip(1), (a, b) => (b.Recall - a.Recall) * b.Precision).Sum();
}
