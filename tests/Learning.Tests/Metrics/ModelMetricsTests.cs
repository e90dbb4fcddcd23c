using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Metrics;

public class ModelMetricsTests
{
    [Fact]
    public void Compute_ReferenceRows_HasEveryBinaryMetric()
    {
        var truth = CategoryColumn.From("churn", ReferenceData.Positive.Select(p => p ? "yes" : "no"));
        MetricSet metrics = ModelMetrics.Compute(ReferenceData.Binary(ReferenceData.Scores), truth);
        Assert.Equal(0.73, metrics.Values["accuracy"], 1e-14);
        Assert.Equal(0.625, metrics.Values["f1"], 1e-14);
        Assert.Equal(0.6923076923076923, metrics.Values["precision"], 1e-14);
        Assert.Equal(0.569620253164557, metrics.Values["recall"], 1e-14);
        Assert.Equal(MetricCatalog.For(LearningTask.Binary).Select(m => m.Name).Order(), metrics.Values.Keys.Order());
    }

    [Fact]
    public void Confusion_ReferenceRows_EqualsScikitLearn()
    {
        var truth = CategoryColumn.From("churn", ReferenceData.Positive.Select(p => p ? "yes" : "no"));
        ConfusionMatrix confusion = ScoredRows.Join(ReferenceData.Binary(ReferenceData.Scores), truth).Confusion()!;
        Assert.Equal([101L, 20L], confusion.Counts[0]);
        Assert.Equal([34L, 45L], confusion.Counts[1]);
        Assert.Null(confusion.Weights);
    }

    /// <summary>Counts of weighted rows alone would contradict the precision beside them.</summary>
    [Fact]
    public void Confusion_WeightedRows_HasTheSumsOfScikitLearn()
    {
        var truth = CategoryColumn.From("churn", ReferenceData.Positive.Select(p => p ? "yes" : "no"));
        var weight = new NumberColumn("w", [.. Enumerable.Range(0, ReferenceData.Rows).Select(i => (i % 4) + 0.5)]);
        ScoredRows rows = ScoredRows.Join(ReferenceData.Binary(ReferenceData.Scores), truth, weight);
        ConfusionMatrix confusion = rows.Confusion()!;
        Assert.Equal([34L, 45L], confusion.Counts[1]);
        Assert.Equal([199.5, 43], confusion.Weights![0]);
        Assert.Equal([74, 83.5], confusion.Weights[1]);
        Assert.Equal(83.5 / (43 + 83.5), ClassReport.Of(rows)[1].Precision!.Value, 1e-12);
    }

    [Fact]
    public void Compute_OneClass_NamesTheAbsentMetricsWithReasons()
    {
        MetricSet metrics = ModelMetrics.Compute(ReferenceData.Binary(0.1, 0.2), ReferenceData.Truth("no", "no"));
        Assert.Equal(["auc", "averagePrecision", "f05", "f1", "f2", "jaccard", "kappa", "mcc", "precision", "recall"], metrics.Absent.Keys.Order());
        Assert.Equal("all 2 rows are of class 'no'; it needs both", metrics.WhyAbsent("auc"));
        Assert.Equal(1, metrics.Values["accuracy"]);
    }

    [Fact]
    public void Compute_BooleanAndNumberTargets_MatchClassesByText()
    {
        var byText = new Predictions(LearningTask.Binary, ["false", "true"], [0.9, 0.2]);
        Assert.Equal(1, ModelMetrics.Compute(byText, new BooleanColumn("y", [1, 0])).Values["auc"]);
        var byNumber = new Predictions(LearningTask.Binary, ["0", "1"], [0.9, 0.2]);
        Assert.Equal(1, ModelMetrics.Compute(byNumber, new NumberColumn("y", [1, 0])).Values["auc"]);
    }

    [Theory]
    [InlineData(new[] { "yes", null }, "target-missing", "first in row 2")]
    [InlineData(new[] { "yes", "maybe" }, "target-class", "'maybe' in row 2")]
    public void Compute_BadTruth_SaysWhichRow(string?[] truth, string code, string expected)
    {
        var error = Assert.Throws<MlOpsException>(() => ModelMetrics.Compute(ReferenceData.Binary(0.1, 0.2), ReferenceData.Truth(truth)));
        Assert.Equal((ErrorKind.Invalid, code), (error.Kind, error.Code));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_NoRows_IsAnError() =>
        Assert.Equal("target-empty", Assert.Throws<MlOpsException>(() => ModelMetrics.Compute(ReferenceData.Binary(), ReferenceData.Truth())).Code);

    [Fact]
    public void Take_SomeRows_GivesTheirMetrics()
    {
        ScoredRows rows = ScoredRows.Join(ReferenceData.Binary(0.9, 0.1, 0.8, 0.4), ReferenceData.Truth("yes", "no", "no", "yes")).Take([0, 1]);
        Assert.Equal(1, ModelMetrics.Compute(rows).Values["accuracy"]);
        Assert.Equal(2, rows.Count);
    }

    [Fact]
    public void Get_UnknownMetric_ListsTheNames()
    {
        var error = Assert.Throws<MlOpsException>(() => MetricCatalog.Get("AUC"));
        Assert.Contains("'AUC'", error.Message, StringComparison.Ordinal);
        Assert.Contains("auc, aucWeighted", error.Message, StringComparison.Ordinal);
        Assert.Equal("metric-task", Assert.Throws<MlOpsException>(() => MetricCatalog.Get("rmse", LearningTask.Binary)).Code);
    }

    [Fact]
    public void Gain_LowerIsBetter_IsPositiveForTheLower()
    {
        Assert.Equal(2, MetricCatalog.Get("rmse").Gain(3, 5));
        Assert.Equal(-2, MetricCatalog.Get("auc").Gain(3, 5));
    }

    [Fact]
    public void Bins_ProbabilityOne_FallsIntoTheLast()
    {
        IReadOnlyList<CalibrationBin> bins = Calibration.Bins([1, 0.95, 0], [true, false, false]);
        Assert.Equal(new CalibrationBin(0.9, 1, 2, 0.975, 0.5), bins[^1]);
        Assert.Null(bins[5].MeanScore);
        Assert.Equal(3, bins.Sum(b => b.Rows));
    }
}
