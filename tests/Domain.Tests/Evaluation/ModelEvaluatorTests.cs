using MlOps.Domain.Evaluation;
using MlOps.Domain.Workflows;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Evaluation;

public class ModelEvaluatorTests
{
    [Fact]
    public void Evaluate_Binary_ReportsMetricsConfusionAndCalibration()
    {
        EvaluationReport report = ModelEvaluator.Evaluate(new FixedModel(), Rows(100), EvaluationSpec.Default);
        Assert.Equal(100, report.Rows);
        Assert.Equal(MetricCatalog.For(LearningTask.Binary).Select(m => m.Name).Order(), report.Metrics.Values.Keys.Order());
        Assert.Equal(100, report.Confusion!.Rows());
        Assert.Equal(100, report.Calibration.Sum(bin => bin.Rows));
        Assert.Equal("y", report.Target);
    }

    [Fact]
    public void Evaluate_SliceByCategory_EqualsEvaluatingTheGroupAlone()
    {
        Table rows = Rows(200);
        EvaluationReport report = ModelEvaluator.Evaluate(new FixedModel(), rows, new EvaluationSpec { Slices = [new SliceSpec("group", MinRows: 10)] });
        int[] inA = [.. Enumerable.Range(0, 200).Where(row => rows["group"].Format(row) == "a")];
        EvaluationReport alone = ModelEvaluator.Evaluate(new FixedModel(), rows.Take(inA), EvaluationSpec.Default);
        SliceReport slice = report.Slices.Single(s => s.Value == "a");
        Assert.Equal(inA.Length, slice.Rows);
        Assert.Equal(alone.Metrics.Values["auc"], slice.Metrics.Values["auc"]);
        Assert.Equal(alone.Metrics.Values["brier"], slice.Metrics.Values["brier"]);
        Assert.Equal(["a", "b", null], report.Slices.Select(s => s.Value));
    }

    [Fact]
    public void Evaluate_SliceByNumber_CutsByQuantilesAndKeepsMissingApart()
    {
        Table rows = Rows(200).With(new NumberColumn("age", [.. Enumerable.Range(0, 200).Select(row => row % 20 == 0 ? double.NaN : row)]));
        EvaluationReport report = ModelEvaluator.Evaluate(new FixedModel(), rows, new EvaluationSpec { Slices = [new SliceSpec("age", Bins: 2, MinRows: 5)] });
        Assert.Equal(3, report.Slices.Count);
        Assert.Equal(["below 100", "100 and above", null], report.Slices.Select(s => s.Value));
        Assert.Equal([95, 95, 10], report.Slices.Select(s => s.Rows));
    }

    [Fact]
    public void Evaluate_FlagColumn_IsSlicedByValue()
    {
        Table rows = Rows(100).With(new NumberColumn("senior", [.. Enumerable.Range(0, 100).Select(row => row % 4 == 0 ? 1.0 : 0)]));
        EvaluationReport report = ModelEvaluator.Evaluate(new FixedModel(), rows, new EvaluationSpec { Slices = [new SliceSpec("senior", MinRows: 26)] });
        Assert.Equal(["0", "1"], report.Slices.Select(s => s.Value));
        Assert.Equal([true, false], report.Slices.Select(s => s.Computed));
        Assert.Empty(report.Slices[1].Metrics.Values);
    }

    [Fact]
    public void Evaluate_GroupRates_AreCountedByHand()
    {
        var rows = new Table([new NumberColumn("score", [0.9, 0.8, 0.1, 0.6]), CategoryColumn.From("y", ["yes", "no", "no", "yes"]), CategoryColumn.From("g", ["a", "a", "a", "a"])]);
        EvaluationReport report = ModelEvaluator.Evaluate(new FixedModel(), rows, new EvaluationSpec { Slices = [new SliceSpec("g", MinRows: 1)] });
        MetricSet group = Assert.Single(report.Slices).Metrics;
        Assert.Equal((0.75, 0.5, 0.5, 1.0), (group.Values["selectionRate"], group.Values["falsePositiveRate"], group.Values["baseRate"], group.Values["recall"]));
    }

    [Fact]
    public void Evaluate_ReportAsJson_ReadsBackTheSame()
    {
        EvaluationReport report = ModelEvaluator.Evaluate(new FixedModel(), Rows(60), new EvaluationSpec { Slices = [new SliceSpec("group", MinRows: 25)] });
        string json = WorkflowJson.Write(report);
        EvaluationReport read = WorkflowJson.Read<EvaluationReport>(json)!;
        Assert.Equal(json, WorkflowJson.Write(read));
        Assert.Equal(report.Metrics.Values["auc"], read.Metrics.Values["auc"]);
    }

    [Fact]
    public void Evaluate_OtherRows_HaveAnotherDigest()
    {
        string digest = Digest(Rows(60));
        Assert.Equal(digest, Digest(Rows(60)));
        Assert.NotEqual(digest, Digest(Rows(61)));
        Assert.NotEqual(digest, Digest(SameTruth(Rows(60))));
    }

    [Fact]
    public void Evaluate_ScoreNaN_HasNoMetricsButAReport()
    {
        var rows = new Table([new NumberColumn("score", [0.9, double.NaN]), CategoryColumn.From("y", ["yes", "no"])]);
        EvaluationReport report = ModelEvaluator.Evaluate(new FixedModel(), rows, EvaluationSpec.Default);
        Assert.Empty(report.Metrics.Values);
        Assert.Contains("row 2", report.Metrics.WhyAbsent("auc"), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_AbsentColumns_AreErrorsThatNameThem()
    {
        var slice = Assert.Throws<MlOpsException>(() => ModelEvaluator.Evaluate(new FixedModel(), Rows(10), new EvaluationSpec { Slices = [new SliceSpec("gruop"), new SliceSpec("agee")] }));
        Assert.Contains("'gruop', 'agee'", slice.Message, StringComparison.Ordinal);
        var target = Assert.Throws<MlOpsException>(() => ModelEvaluator.Evaluate(new FixedModel(), Rows(10).Without("y"), EvaluationSpec.Default));
        Assert.Contains("'y'", target.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ForGates_FairnessColumns_AreSlicedOnce()
    {
        EvaluationSpec spec = new EvaluationSpec { Slices = [new SliceSpec("female", MinRows: 5)] }
            .ForGates([GateSpec.Fairness("female", "selectionRate", 0.1), GateSpec.Fairness("senior", "recall", 0.1), GateSpec.Fairness("senior", "selectionRate", minRatio: 0.8), GateSpec.Absolute("auc", 0.8)]);
        Assert.Equal(["female", "senior"], spec.Slices.Select(s => s.Column));
        Assert.Equal(5, spec.Slices[0].MinRows);
    }

    /// <summary>Other rows whose truth reads alike from top to bottom.</summary>
    private static Table SameTruth(Table rows) =>
        rows.With(new NumberColumn("score", [.. ((NumberColumn)rows["score"]).Values.ToArray().Select(score => score / 2)]));

    private static string Digest(Table rows) => ModelEvaluator.Evaluate(new FixedModel(), rows, EvaluationSpec.Default).RowsDigest;

    internal static Table Rows(int count) => new(
    [
        new NumberColumn("score", [.. Enumerable.Range(0, count).Select(row => row * 37 % 100 / 100.0)]),
        CategoryColumn.From("y", Enumerable.Range(0, count).Select(row => (row * 37 % 100) + (row * 13 % 50) > 70 ? "yes" : "no")),
        CategoryColumn.From("group", Enumerable.Range(0, count).Select(row => row % 10 == 9 ? null : row % 3 == 0 ? "a" : "b")),
    ]);
}
