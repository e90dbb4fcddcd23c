using MlOps.Domain.Evaluation;
using MlOps.Domain.Workflows;
using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Evaluation;

public class GateTests
{
    [Theory]
    [InlineData(0.80, true, "auc is 0.8, required is auc >= 0.8")]
    [InlineData(0.79, false, "auc is 0.79, at least 0.8 is required")]
    public void Check_AtLeast_ComparesInclusively(double auc, bool passed, string reason)
    {
        GateVerdict verdict = Check(GateSpec.Absolute("auc", atLeast: 0.8), Report(("auc", auc)));
        Assert.Equal(new GateVerdict("auc >= 0.8", "auc", auc, 0.8, passed, reason), verdict);
    }

    [Theory]
    [InlineData(0.79999999, "auc is 0.79999999, at least 0.8 is required")]
    [InlineData(0.7999991, "auc is 0.799999, at least 0.8 is required")]
    public void Check_JustBelowTheLimit_IsNotShownAsTheLimit(double auc, string reason) =>
        Assert.Equal(reason, Check(GateSpec.Absolute("auc", atLeast: 0.8), Report(("auc", auc))).Reason);

    [Fact]
    public void Check_TinyLimit_IsNamedWithAllItsDigits() =>
        Assert.Equal("rmse <= 2E-09", Check(GateSpec.Absolute("rmse", atMost: 2e-9), Report(("rmse", 3e-9)) with { Task = LearningTask.Regression }).Gate);

    [Fact]
    public void Check_ChampionJustMissed_ShowsEnoughDigits() => Assert.Contains(
        "auc is 0.84999999, the champion's is 0.85; with tolerance 0 at least 0.85 is required",
        Against(GateSpec.Champion("auc"), Report(("auc", 0.84999999)), Report(("auc", 0.85))).Reason, StringComparison.Ordinal);

    [Fact]
    public void Check_FairnessJustMissed_ShowsEnoughDigits()
    {
        GateVerdict verdict = Check(GateSpec.Fairness("sex", "recall", 0.1), Sliced("recall", ("f", 100, 0.5), ("m", 100, 0.6000000001)));
        Assert.False(verdict.Passed);
        Assert.DoesNotContain("difference 0.1,", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AtMost_NamesValueAndLimit()
    {
        GateVerdict verdict = Check(GateSpec.Absolute("logLoss", atMost: 0.5), Report(("logLoss", 0.6)));
        Assert.Equal(new GateVerdict("logLoss <= 0.5", "logLoss", 0.6, 0.5, false, "logLoss is 0.6, at most 0.5 is allowed"), verdict);
    }

    [Fact]
    public void Check_MetricAbsent_FailsWithTheReason()
    {
        GateVerdict verdict = Check(GateSpec.Absolute("auc", atLeast: 0.1), Absent("auc", "all 9 rows are of class 'no'; it needs both"));
        Assert.False(verdict.Passed);
        Assert.Null(verdict.Value);
        Assert.Contains("all 9 rows are of class 'no'", verdict.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auc", 0.85, 0.85, 0, true)]
    [InlineData("auc", 0.849, 0.85, 0, false)]
    [InlineData("auc", 0.846, 0.85, 0.005, true)]
    [InlineData("logLoss", 0.41, 0.40, 0, false)]
    [InlineData("logLoss", 0.41, 0.40, 0.02, true)]
    [InlineData("logLoss", 0.39, 0.40, 0, true)]
    public void Check_Champion_FollowsTheMetricsDirectionAndTolerance(string metric, double candidate, double champion, double tolerance, bool passed)
    {
        GateVerdict verdict = Against(GateSpec.Champion(metric, tolerance), Report((metric, candidate)), Report((metric, champion)));
        Assert.Equal(passed, verdict.Passed);
        Assert.Contains($"the champion's is {Figures.Text(champion)}", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_NoChampion_PassesAndSaysSo()
    {
        GateVerdict verdict = Check(GateSpec.Champion("auc"), Report(("auc", 0.7)));
        Assert.True(verdict.Passed);
        Assert.StartsWith("no champion", verdict.Reason, StringComparison.Ordinal);
        Assert.Null(verdict.Limit);
    }

    [Fact]
    public void Check_NoChampionAndNoMetric_StillFails() =>
        Assert.False(Check(GateSpec.Champion("auc"), Absent("auc", "one class")).Passed);

    [Fact]
    public void Check_ChampionMetricAbsent_FailsWithTheReason()
    {
        GateVerdict verdict = Against(GateSpec.Champion("auc"), Report(("auc", 0.9)), Absent("auc", "one class only"));
        Assert.False(verdict.Passed);
        Assert.Contains("of the champion could not be computed: one class only", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_ChampionOnOtherRows_Fails()
    {
        GateVerdict verdict = Against(GateSpec.Champion("auc"), Report(("auc", 0.9)), Report(("auc", 0.8)) with { RowsDigest = "other" });
        Assert.False(verdict.Passed);
        Assert.Contains("other rows", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_ChampionOnFewerRows_ComparesBothOnThose()
    {
        ChampionComparison comparison = ChampionComparison.Of("shop/1", Report(("auc", 0.7)), Report(("auc", 0.75)));
        GateVerdict verdict = GateEvaluator.Check([GateSpec.Champion("auc")], Report(("auc", 0.9)) with { RowsDigest = "all" }, comparison)[0];
        Assert.Equal((false, 0.7, 0.75), (verdict.Passed, verdict.Value!.Value, verdict.Limit!.Value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Check_ChampionUnmeasured_PassesOnlyWhereTheGateSaysSo(bool passes)
    {
        ChampionComparison comparison = ChampionComparison.NotPossible("shop/1", "3 of 60 test rows are new to it, 30 are needed");
        GateVerdict verdict = GateEvaluator.Check([GateSpec.Champion("auc", 0, passes)], Report(("auc", 0.9)), comparison)[0];
        Assert.Equal(passes, verdict.Passed);
        Assert.StartsWith("cannot be measured against shop/1", verdict.Reason, StringComparison.Ordinal);
        Assert.EndsWith("3 of 60 test rows are new to it, 30 are needed", verdict.Reason, StringComparison.Ordinal);
        Assert.False(GateEvaluator.Check([GateSpec.Champion("auc", 0, passes)], Absent("auc", "one class"), comparison)[0].Passed);
    }

    [Theory]
    [InlineData(0.12, true)]
    [InlineData(0.09, false)]
    public void Check_DemographicParity_ComparesTheExtremeGroups(double limit, bool passed)
    {
        EvaluationReport report = Sliced("selectionRate", ("f", 100, 0.30), ("m", 100, 0.40), ("x", 100, 0.35), ("tiny", 3, 0.99));
        GateVerdict verdict = Check(GateSpec.Fairness("sex", "selectionRate", limit), report);
        Assert.Equal(passed, verdict.Passed);
        Assert.Equal(0.1, verdict.Value!.Value, 1e-12);
        Assert.StartsWith("selectionRate by 'sex' is 0.3 for 'f' and 0.4 for 'm': difference 0.1", verdict.Reason, StringComparison.Ordinal);
        Assert.Contains("left out as too small: 'tiny' (3 rows)", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_DisparateImpact_IsTheRatioOfTheExtremes()
    {
        GateVerdict verdict = Check(GateSpec.Fairness("sex", "selectionRate", minRatio: 0.8), Sliced("selectionRate", ("f", 100, 0.30), ("m", 100, 0.40)));
        Assert.Equal((false, 0.75, 0.8), (verdict.Passed, Math.Round(verdict.Value!.Value, 10), verdict.Limit!.Value));
        Assert.True(Check(GateSpec.Fairness("sex", "selectionRate", minRatio: 0.8), Sliced("selectionRate", ("f", 100, 0), ("m", 100, 0))).Passed);
    }

    [Fact]
    public void Check_EqualOpportunityWithoutPositives_FailsWithTheGroup()
    {
        EvaluationReport report = Sliced("recall", ("f", 100, 0.5), ("m", 100, double.NaN));
        GateVerdict verdict = Check(GateSpec.Fairness("sex", "recall", 0.5), report);
        Assert.False(verdict.Passed);
        Assert.Contains("recall of group 'm' could not be computed", verdict.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("age", "not sliced by 'age'")]
    [InlineData("sex", "1 group of enough rows, two are needed")]
    public void Check_GroupsAreLacking_Fails(string column, string reason)
    {
        GateVerdict verdict = Check(GateSpec.Fairness(column, "selectionRate", 1), Sliced("selectionRate", ("f", 100, 0.5), ("m", 2, 0.5)));
        Assert.False(verdict.Passed);
        Assert.Contains(reason, verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_MetricGap_WorksForAnyMetric() =>
        Assert.False(Check(GateSpec.Fairness("sex", "accuracy", maxDifference: 0.05), Sliced("accuracy", ("f", 100, 0.9), ("m", 100, 0.8))).Passed);

    [Fact]
    public void Check_SeveralGates_ReportsEveryOneInOrder()
    {
        IReadOnlyList<GateVerdict> verdicts = GateEvaluator.Check(
            [GateSpec.Absolute("auc", 0.9), GateSpec.Absolute("auc", 0.5, 0.95), GateSpec.Champion("auc")], Report(("auc", 0.8)), null);
        Assert.Equal([false, true, true], verdicts.Select(v => v.Passed));
        Assert.Equal("auc >= 0.5 and auc <= 0.95", verdicts[1].Gate);
    }

    [Fact]
    public void Check_WrongSpec_IsAnErrorAndNoVerdict()
    {
        GateSpec[] wrong =
        [
            GateSpec.Absolute("auc"), GateSpec.Absolute("auc", 0.9, 0.8), GateSpec.Absolute("rmse", 1), GateSpec.Champion("auc", -1), GateSpec.Champion("auc", double.NaN),
            GateSpec.Fairness("sex", "recall"), GateSpec.Fairness("sex", "recall", 0.1, 0.8), GateSpec.Fairness("", "recall", 0.1), GateSpec.Fairness("sex", "recall", -1, 0.5),
            GateSpec.Absolute("selectionRate", 0.1), GateSpec.Absolute("auc", double.NaN),
        ];
        Assert.All(wrong, gate => Assert.Equal("gate-spec", Assert.Throws<MlOpsException>(() => Check(gate, Report(("auc", 0.8)))).Code));
    }

    [Fact]
    public void Gate_AsJson_ReadsBackTheSame()
    {
        GateSpec gate = GateSpec.Fairness("sex", "selectionRate", minRatio: 0.8);
        Assert.Equal(gate, WorkflowJson.Read<GateSpec>(WorkflowJson.Write(gate)));
    }

    private static GateVerdict Check(GateSpec gate, EvaluationReport report) => GateEvaluator.Check([gate], report, null)[0];

    private static GateVerdict Against(GateSpec gate, EvaluationReport candidate, EvaluationReport champion) =>
        GateEvaluator.Check([gate], candidate, ChampionComparison.Of("shop/1", candidate, champion))[0];

    private static EvaluationReport Report(params (string Name, double Value)[] metrics) => new(
        LearningTask.Binary, "y", "fixed", 9, "digest", Metrics(metrics), null, [], []);

    private static EvaluationReport Absent(string metric, string reason) =>
        Report() with { Metrics = new MetricSet(new Dictionary<string, double>(), new Dictionary<string, string> { [metric] = reason }) };

    private static EvaluationReport Sliced(string metric, params (string Value, int Rows, double Rate)[] groups) => Report() with
    {
        Slices = [.. groups.Select(g => new SliceReport("sex", g.Value, g.Rows, g.Rows >= 30, g.Rows >= 30 ? Metrics((metric, g.Rate)) : MetricSet.Empty))],
    };

    private static MetricSet Metrics(params (string Name, double Value)[] metrics) => new(
        metrics.Where(m => !double.IsNaN(m.Value)).ToDictionary(m => m.Name, m => m.Value),
        metrics.Where(m => double.IsNaN(m.Value)).ToDictionary(m => m.Name, _ => "no row is of class 'yes'"));
}
