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

    /// <summary>Their weighted variance is 1e-34, not 0; and a row of weight 0 does not make them differ.</summary>
    [Fact]
    public void R2_ConstantTruthOfTheRowsThatWeigh_IsAbsentWithReason()
    {
        MetricSet metrics = Weighted([1, 2, 3, 4], [0.1, 0.1, 0.1, 5], [1, 1, 1, 0]);
        Assert.Equal("the target is 0.1 in all 3 rows that weigh", metrics.WhyAbsent("r2"));
        Assert.Equal(metrics.WhyAbsent("r2"), metrics.WhyAbsent("explainedVariance"));
    }

    /// <summary>Half the weight lies exactly on the error 2, in the order of the errors: scikit-learn 1.2's median_absolute_error by its rule.</summary>
    [Fact]
    public void MedianAbsoluteError_HalfTheWeightOnARow_IsItsError() =>
        Assert.Equal(2, Weighted([2, 1, 3, 4, 5, 0], [0, 0, 0, 0, 0, 0], [.3, .2, .6, .2, .4, .7]).Values["medianAbsoluteError"]);

    [Fact]
    public void Compute_ScoreNaN_LeavesEveryMetricAbsent()
    {
        MetricSet metrics = ModelMetrics.Compute(new Predictions(LearningTask.Regression, [], [1, double.NaN]), new NumberColumn("price", [1, 2]));
        Assert.Empty(metrics.Values);
        Assert.Contains("row 2", metrics.WhyAbsent("rmse"), StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_TruthAndScoreInfinite_IsAnInfiniteError() =>
        Assert.Equal(double.PositiveInfinity, ModelMetrics.Compute(new Predictions(LearningTask.Regression, [], [1, double.PositiveInfinity]), new NumberColumn("price", [1, double.PositiveInfinity])).Values["maxError"]);

    private static MetricSet Weighted(double[] predicted, double[] truth, double[] weights) =>
        ModelMetrics.Compute(ScoredRows.Join(new Predictions(LearningTask.Regression, [], predicted), new NumberColumn("y", truth), new NumberColumn("w", weights)));

    [Fact]
    public void Compute_TargetOfText_IsAnErrorNamingTheColumn()
    {
        var error = Assert.Throws<MlOpsException>(() => ModelMetrics.Compute(new Predictions(LearningTask.Regression, [], [1]), CategoryColumn.From("price", ["cheap"])));
        Assert.Equal("target-type", error.Code);
        Assert.Contains("'price'", error.Message, StringComparison.Ordinal);
    }
}
