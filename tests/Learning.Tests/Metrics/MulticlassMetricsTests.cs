using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Metrics;

public class MulticlassMetricsTests
{
    private static readonly string[] Classes = ["a", "b", "c"];

    [Fact]
    public void Compute_ReferenceRows_EqualsScikitLearn()
    {
        var truth = new CategoryColumn("y", ReferenceData.Labels, Classes);
        MetricSet metrics = ModelMetrics.Compute(new Predictions(LearningTask.Multiclass, Classes, ReferenceData.Probabilities), truth);
        Assert.Equal(0.645, metrics.Values["accuracy"], 1e-14);
        Assert.Equal(0.7135930822614941, metrics.Values["logLoss"], 1e-14);
        Assert.Equal(0.6185193945127719, metrics.Values["macroF1"], 1e-14);
        Assert.Equal(0.5813102727846106, metrics.Values["weightedF1"], 1e-14);
        Assert.Equal(0.9983642088905246, metrics.Values["auc"], 1e-14);
        Assert.Equal(["top3Accuracy", "top5Accuracy"], metrics.Absent.Keys);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CalibrationError_ReferenceRows_IsThatOfItsDefinition(bool weighted)
    {
        double[] weights = [.. Enumerable.Range(0, ReferenceData.Rows).Select(i => weighted ? 0.5 + (i % 3) : 1)];
        double[] p = ReferenceData.Probabilities;
        ScoredRows rows = ScoredRows.Join(
            new Predictions(LearningTask.Multiclass, Classes, p), new CategoryColumn("y", ReferenceData.Labels, Classes), weighted ? new NumberColumn("w", weights) : null);
        double expected = Enumerable.Range(0, ReferenceData.Rows)
            .Select(i => (Weight: weights[i], Row: p[(3 * i)..((3 * i) + 3)], Truth: ReferenceData.Labels[i]))
            .Select(r => (r.Weight, Sure: r.Row.Max(), Right: Array.IndexOf(r.Row, r.Row.Max()) == r.Truth ? 1 : 0))
            .GroupBy(r => Math.Ceiling(r.Sure * 10))
            .Sum(bin => Math.Abs(bin.Sum(r => r.Weight * (r.Sure - r.Right)))) / weights.Sum();
        Assert.True(expected > 0.01);
        Assert.Equal(expected, ModelMetrics.Compute(rows).Values["ece"], 1e-12);
    }

    [Fact]
    public void Compute_ClassUnknownToTheModel_CountsAsWrong()
    {
        var predictions = new Predictions(LearningTask.Multiclass, Classes, [0.8, 0.1, 0.1, 0.2, 0.7, 0.1]);
        ScoredRows rows = ScoredRows.Join(predictions, CategoryColumn.From("y", ["a", "new"]));
        MetricSet metrics = ModelMetrics.Compute(rows);
        Assert.Equal(["a", "b", "c", "new"], rows.Classes);
        Assert.Equal(0.5, metrics.Values["accuracy"]);
        Assert.Equal((1 + 0 + 0) / 3.0, metrics.Values["macroF1"], 1e-14);
        Assert.Equal((-Math.Log(0.8) - Math.Log(Math.BitIncrement(1) - 1)) / 2, metrics.Values["logLoss"], 1e-9);
    }

    [Fact]
    public void Compute_OneClassInTruth_HasNoAucAndSaysWhy()
    {
        MetricSet metrics = ModelMetrics.Compute(new Predictions(LearningTask.Multiclass, Classes, [0.8, 0.1, 0.1]), CategoryColumn.From("y", ["b"]));
        Assert.Null(metrics.Find("auc"));
        Assert.Contains("class 'b'", metrics.WhyAbsent("auc"), StringComparison.Ordinal);
    }
}
