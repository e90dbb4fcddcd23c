using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Metrics;

public class RegressionMetricsTests
{
    [Fact]
    public void All_ReferenceRows_EqualScikitLearn()
    {
        MetricSet metrics = ModelMetrics.Compute(new Predictions(LearningTask.Regression, [], ReferenceData.Predicted), new NumberColumn("y", ReferenceData.Targets));
        Assert.Equal(1.1873078791956195, metrics.Values["rmse"], 1e-13);
        Assert.Equal(1.029, metrics.Values["mae"], 1e-13);
        Assert.Equal(0.821039193298967, metrics.Values["r2"], 1e-13);
    }

    [Fact]
    public void R2_ConstantTruth_IsAbsentWithReason()
    {
        MetricSet metrics = ModelMetrics.Compute(new Predictions(LearningTask.Regression, [], [1, 2, 3]), new NumberColumn("price", [0.1, 0.1, 0.1]));
        Assert.Contains("0.1 in all 3 rows", metrics.WhyAbsent("r2"), StringComparison.Ordinal);
        Assert.True(metrics.Values["rmse"] > 0);
    }

    [Fact]
    public void Compute_ScoreNaN_LeavesEveryMetricAbsent()
    {
        MetricSet metrics = ModelMetrics.Compute(new Predictions(LearningTask.Regression, [], [1, double.NaN]), new NumberColumn("price", [1, 2]));
        Assert.Empty(metrics.Values);
        Assert.Contains("row 2", metrics.WhyAbsent("rmse"), StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_TargetOfText_IsAnErrorNamingTheColumn()
    {
        var error = Assert.Throws<MlOpsException>(() => ModelMetrics.Compute(new Predictions(LearningTask.Regression, [], [1]), CategoryColumn.From("price", ["cheap"])));
        Assert.Equal("target-type", error.Code);
        Assert.Contains("'price'", error.Message, StringComparison.Ordinal);
    }
}
