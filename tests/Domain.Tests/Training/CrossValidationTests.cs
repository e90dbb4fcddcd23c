using MlOps.Domain.Training;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

public class CrossValidationTests
{
    private static readonly TrainingSpec Churn = new() { Task = LearningTask.Binary, Target = "churn" };

    [Fact]
    public async Task Run_TelcoLinear_FindsTheKnownQualityInEveryFold()
    {
        CrossValidationResult result = await RunAsync(await TrainingTest.TelcoAsync(), Churn, new SplitSpec(Validation: 0, Folds: 3));
        MetricSpread auc = result.Spread["auc"];
        // Logistic regression on this data is known to reach about 0.845.
        Assert.InRange(auc.Mean, 0.835, 0.855);
        Assert.InRange(auc.StandardDeviation, 0.0001, 0.03);
        Assert.Equal(3, result.Folds.Count);
        Assert.All(result.Folds, fold => Assert.Empty(fold.Absent));
    }

    [Fact]
    public async Task Run_TargetIsNoise_FindsNothing()
    {
        var random = new MlOps.Learning.SeededRandom(7);
        double[] x = [.. Enumerable.Range(0, 600).Select(_ => random.NextGaussian())];
        var rows = new Table([new NumberColumn("x", x), CategoryColumn.From("churn", Enumerable.Range(0, 600).Select(_ => random.Next(2) == 0 ? "no" : "yes"))]);
        Assert.InRange((await RunAsync(rows, Churn, new SplitSpec(Validation: 0, Folds: 4))).Spread["auc"].Mean, 0.4, 0.6);
    }

    [Fact]
    public async Task Run_TwoFoldsByTime_ScoresTheFutureOnly()
    {
        double[] t = [.. Enumerable.Range(0, 90).Select(i => (double)i)];
        var rows = new Table([new NumberColumn("t", t), new NumberColumn("y", [.. t.Select(v => (2 * v) + 1)])]);
        CrossValidationResult result = await RunAsync(rows, new TrainingSpec { Task = LearningTask.Regression, Target = "y" }, new SplitSpec(Validation: 0, TimeColumn: "t", Folds: 2));
        Assert.Equal(2, result.Spread["rmse"].Folds);
    }

    /// <summary>Rows of weight 0 are far from the line that the others are on; the last fold has no others.</summary>
    [Fact]
    public async Task Run_Weights_MeasureTheFoldsToo()
    {
        double[] t = [.. Enumerable.Range(0, 90).Select(i => (double)i)];
        var rows = new Table([new NumberColumn("t", t), new NumberColumn("w", [.. t.Select(v => v < 60 && v % 3 > 0 ? 2.0 : 0)]), new NumberColumn("y", [.. t.Select(v => v % 3 > 0 ? (2 * v) + 1 : -500)])]);
        var spec = new TrainingSpec { Task = LearningTask.Regression, Target = "y", Weight = "w", Parameters = new Dictionary<string, string> { ["l2"] = "0" } };
        CrossValidationResult result = await RunAsync(rows, spec, new SplitSpec(Validation: 0, TimeColumn: "t", Folds: 2));
        Assert.InRange(result.Folds[0].Values["rmse"], 0, 1e-6);
        Assert.Equal("all 30 rows have weight 0 (column 'w')", result.Folds[1].WhyAbsent("rmse"));
    }

    [Fact]
    public async Task Run_NoFolds_IsAnError() =>
        Assert.Equal("split-spec", (await Assert.ThrowsAsync<MlOpsException>(() => RunAsync(new Table([new NumberColumn("churn", [1, 2])]), Churn, new SplitSpec()))).Code);

    [Fact]
    public void Of_KnownValues_IsMeanAndSampleDeviation()
    {
        Assert.Equal(new MetricSpread(2, 1, 3), MetricSpread.Of([1, 2, 3]));
        Assert.Equal(new MetricSpread(4, 0, 1), MetricSpread.Of([4]));
    }

    private static async Task<CrossValidationResult> RunAsync(Table rows, TrainingSpec spec, SplitSpec split)
    {
        var pieces = new FitPieces(TrainingCheckpoint.Begin, new PieceClock(TimeProvider.System, null), _ => Task.CompletedTask, _ => { });
        return (await CrossValidation.RunAsync(TrainerCatalog.Default.Get("linear"), spec, rows, [.. Enumerable.Range(0, rows.RowCount)], split, pieces, null, split.Folds, CancellationToken.None))!;
    }
}
