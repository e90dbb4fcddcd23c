using MlOps.Domain.Training;
using MlOps.Learning;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

public sealed class AutoTrainerTests
{
    private static readonly AutoTrainer Auto = new(TrainerCatalog.Default);

    [Fact]
    public void Choose_StraightLine_TakesTheLinearFamilyAndFitsItOnAllRows()
    {
        (IModel model, AutoReport report) = Auto.Choose(Spec(LearningTask.Regression, "sum"), Rows(), null, CancellationToken.None);

        Assert.Equal(("linear", "linear", "rmse", 3), (report.Chosen, model.Trainer, report.Metric, report.Folds));
        Assert.Equal(["linear", "gbdt", "forest"], report.Families.Select(f => f.Trainer));
        Assert.StartsWith("linear has the best rmse, by ", report.Reason, StringComparison.Ordinal);
        FamilyScore linear = report.Families[0];
        Assert.Equal((0, true), (linear.BehindBest.Mean, linear.Low <= linear.Mean && linear.Mean <= linear.High));
        Assert.Equal(report.Baseline.Mean - linear.Mean, linear.OverBaseline.Mean, 1e-9);
        Assert.Equal(150, ModelFile.Read(Bytes(model)).Header.Metadata["rows"]);
    }

    /// <summary>Student's t of 3 folds: 4.303 standard errors.</summary>
    [Fact]
    public void Choose_Interval_IsThatOfTheFoldsScores()
    {
        TrainingSpec spec = Spec(LearningTask.Regression, "sum");
        AutoReport report = Auto.Choose(spec, Rows(), null, CancellationToken.None).Report;
        ITrainer linear = TrainerCatalog.Default.Get("linear");
        double[] scores = [.. DataSplitter.Folds(Rows(), new SplitSpec(Validation: 0.1, Folds: 3, Seed: spec.Seed), "sum", LearningTask.Regression).Select(fold =>
        {
            IModel model = linear.Fit(spec with { Parameters = report.Families[0].Parameters }, Rows().Take([.. fold.Train.Concat(fold.Validation).Order()]), null, null, CancellationToken.None);
            return ModelMetrics.Compute(model, Rows().Take(fold.Test), "sum").Values["rmse"];
        })];
        double mean = scores.Average(), half = 4.303 * Math.Sqrt(scores.Sum(s => (s - mean) * (s - mean)) / 2 / 3);

        Assert.Equal(mean, report.Families[0].Mean, 1e-9);
        Assert.Equal(mean - half, report.Families[0].Low, 1e-9);
        Assert.Equal(mean + half, report.Families[0].High, 1e-9);
    }

    [Fact]
    public void Choose_QuestionsWithinQuestions_TakesTreesWithTheRoundsThatWereBest()
    {
        (IModel model, AutoReport report) = Auto.Choose(Spec(LearningTask.Binary, "xor"), Rows(), null, CancellationToken.None);

        Assert.Contains(report.Chosen, new[] { "gbdt", "forest" });
        Assert.True(report.Families[0].BehindBest.Mean > 0.2);
        FamilyScore boosted = report.Families[1];
        Assert.NotNull(boosted.Rounds);
        Assert.Equal(report.Chosen, model.Trainer);
        if (report.Chosen == "gbdt")
            Assert.Equal((double)boosted.Rounds!.Value, ModelFile.Read(Bytes(model)).Header.Parameters["trees"]);
    }

    [Fact]
    public void Choose_AnyThreads_GivesTheSameModelAndReport()
    {
        TrainingSpec spec = Spec(LearningTask.Multiclass, "three");
        (IModel one, AutoReport first) = Auto.Choose(spec with { Threads = 1 }, Rows(), null, CancellationToken.None);
        (IModel two, AutoReport second) = Auto.Choose(spec with { Threads = 2 }, Rows(), null, CancellationToken.None);
        Assert.Equal(Bytes(one), Bytes(two));
        Assert.Equivalent(first, second, strict: true);
    }

    [Fact]
    public void Choose_Progress_EndsAtItsTotal()
    {
        var reports = new Reports();
        Auto.Choose(Spec(LearningTask.Regression, "sum"), Rows(), reports, CancellationToken.None);
        Assert.All(reports.All, r => Assert.InRange((double)r.Done / r.Total, 0, 1));
        Assert.True(reports.All[^1].Done > 0.9 * reports.All[^1].Total);
    }

    [Fact]
    public void Choose_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Auto.Choose(Spec(LearningTask.Regression, "sum"), Rows(), null, source.Token));
    }

    [Fact]
    public void Of_FamilyWithinOneStandardErrorOfTheBest_IsTakenWhenItIsSimpler()
    {
        MetricInfo auc = MetricCatalog.Get("auc");
        FamilyScore[] families = [Family("linear", 0.002, 0.003), Family("gbdt", 0, 0), Family("forest", 0.001, 0.002)];

        (FamilyScore chosen, string reason) = FamilyChoice.Of(auc, families);

        Assert.Equal("linear", chosen.Trainer);
        Assert.Contains("linear is behind gbdt by 0.002 in auc, within one standard error (0.003): a tie goes to the simpler family; better than the baseline by 0.3 ± 0.01", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.01, 0.02)]
    [InlineData(0.02, 0.02)]
    [InlineData(-0.1, 0.02)]
    public void Of_NotAboveTheBaselineByMoreThanItsError_SaysThatNothingWasGained(double over, double error)
    {
        (FamilyScore chosen, string reason) = FamilyChoice.Of(MetricCatalog.Get("auc"), [Family("linear", 0, 0) with { OverBaseline = new Difference(over, error) }]);

        Assert.Equal("linear", chosen.Trainer);
        Assert.Equal(FormattableString.Invariant($"linear has the best auc; not better than doing nothing (by {over} ± {error}): look at the features and the target"), reason);
    }

    [Fact]
    public void Choose_NoiseOnly_SaysThatNothingWasGained()
    {
        var random = new SeededRandom(9);
        Table noise = new([.. new[] { "a", "b", "sum" }.Select(name => new NumberColumn(name, [.. Enumerable.Range(0, 150).Select(_ => random.NextGaussian())]))]);

        (_, AutoReport report) = Auto.Choose(Spec(LearningTask.Regression, "sum"), noise, null, CancellationToken.None);

        Assert.Contains("not better than doing nothing", report.Reason, StringComparison.Ordinal);
    }

    private static FamilyScore Family(string trainer, double behind, double error) =>
        new(trainer, new Dictionary<string, string>(), 0.8 - behind, 0.7, 0.9, new Difference(0.3, 0.01), new Difference(behind, error));

    private static TrainingSpec Spec(LearningTask task, string target) => new()
    {
        Task = task,
        Target = target,
        Features = ["a", "b"],
        Threads = 1,
        Parameters = new Dictionary<string, string> { ["folds"] = "3" },
    };

    private static Table Rows()
    {
        var random = new SeededRandom(3);
        double[] a = [.. Enumerable.Range(0, 150).Select(_ => random.NextGaussian())], b = [.. a.Select(_ => random.NextGaussian())];
        return new Table(
        [
            new NumberColumn("a", a), new NumberColumn("b", b),
            new NumberColumn("sum", [.. a.Zip(b, (x, y) => x + (2 * y) + (0.1 * random.NextGaussian()))]),
            CategoryColumn.From("xor", a.Zip(b, (x, y) => x * y > 0 ? "same" : "other")),
            CategoryColumn.From("three", a.Select(x => x < -0.5 ? "low" : x < 0.5 ? "middle" : "high")),
        ]);
    }

    private static byte[] Bytes(IModel model)
    {
        using var file = new MemoryStream();
        model.Save(file);
        return file.ToArray();
    }

    private sealed class Reports : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> All { get; } = [];

        public void Report(TrainingProgress value) => All.Add(value);
    }
}
