using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>Derivatives are rounded before they are summed: what is small beside others is learned all the same, and nothing is shifted.</summary>
public sealed class GbdtRoundingTests
{
    private const int Rows = 5_000;

    [Fact]
    public void Fit_OneHeavyRowOfEachClass_LearnsTheOthersToo()
    {
        var random = new SeededRandom(1);
        double[] x = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble())];
        Table light = new([new NumberColumn("x", x), new NumberColumn("z", new double[Rows]), new NumberColumn("w", Filled(1)), CategoryColumn.From("y", x.Select(v => v > 0.5 ? "yes" : "no"))]);
        Table all = new(
        [
            new NumberColumn("x", [.. x, 0.5, 0.5]),
            new NumberColumn("z", [.. new double[Rows], 1, 2]),
            new NumberColumn("w", [.. Filled(1), 1e6, 1e6]),
            CategoryColumn.From("y", [.. x.Select(v => v > 0.5 ? "yes" : "no"), "yes", "no"]),
        ]);
        TrainingSpec spec = Make.Spec(LearningTask.Binary, "y", ("trees", 2), ("depth", 3)) with { Weight = "w" };
        double[] scores = Make.Fit("gbdt", spec, all).Score(light).Scores;
        Assert.InRange(x.Zip(scores).Count(p => p.First > 0.5 == p.Second > 0.5), 0.99 * Rows, Rows);
    }

    [Fact]
    public void Fit_OneTargetFarBeyondTheOthers_LearnsTheOthersToo()
    {
        var random = new SeededRandom(2);
        double[] x = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble())];
        Table rows = new([new NumberColumn("x", [.. x, 0.5]), new NumberColumn("z", [.. new double[Rows], 1]), new NumberColumn("y", [.. x.Select(v => 100 * v), 3e7])]);
        double[] scores = Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 4), ("depth", 4), ("l2", 0)), rows).Score(rows).Scores;
        // Four trees at a rate of 0.3 go 76 % of the way.
        double high = x.Zip(scores).Where(p => p.First > 0.5).Average(p => p.Second), low = x.Zip(scores).Where(p => p.First <= 0.5).Average(p => p.Second);
        Assert.InRange(high - low, 34, 42);
    }

    [Fact]
    public void Fit_OneRowInAHundredThousand_KeepsTheRate()
    {
        const int many = 100_000;
        Table rows = new(
        [
            new NumberColumn("x", [.. Enumerable.Range(0, many).Select(i => (double)(i % 2))]),
            CategoryColumn.From("y", Enumerable.Range(0, many).Select(i => i == 7 ? "yes" : "no")),
        ]);
        TrainingSpec spec = Make.Spec(LearningTask.Binary, "y", ("trees", 10), ("minChildWeight", 1e6), ("l2", 0));
        Assert.Equal(1e-5, Make.Fit("gbdt", spec, rows).Score(rows.Take([0])).Scores[0], 1e-11);
    }

    [Theory]
    [InlineData(1e-50)]
    [InlineData(1e-9)]
    [InlineData(1e39)]
    [InlineData(1e200)]
    public void Fit_WeightsInAnotherUnit_GivesTheSameModel(double unit)
    {
        Table rows = Make.Mixed(200);
        double[] Scores(double factor) => Make.Fit(
            "gbdt",
            Make.MixedSpec(LearningTask.Regression, ("trees", 4)) with { Weight = "w" },
            rows.With(new NumberColumn("w", [.. Enumerable.Range(0, 200).Select(i => (0.75 + (i % 3)) * factor)]))).Score(rows).Scores;
        double[] expected = Scores(1), got = Scores(Math.ScaleB(1, Math.ILogB(unit)));
        Assert.True(expected.Distinct().Count() > 20);
        Assert.Equal(expected, got);
    }

    [Theory]
    [InlineData(1e200)]
    [InlineData(1e-200)]
    public void Fit_TargetInAnotherUnit_GivesTheSameModel(double unit)
    {
        Table rows = Make.Mixed(200);
        double factor = Math.ScaleB(1, Math.ILogB(unit));
        double[] Scores(double by) => Make.Fit(
            "gbdt",
            Make.MixedSpec(LearningTask.Regression, ("trees", 4)),
            rows.With(new NumberColumn("y", [.. ((NumberColumn)rows["y"]).Values.ToArray().Select(y => y * by)]))).Score(rows).Scores;
        Assert.Equal(Scores(1).Select(s => s * factor), Scores(factor));
    }

    [Fact]
    public void Fit_PoissonTargetBeyondAFloat_SaysWhichRow()
    {
        Table rows = Make.Mixed(60);
        rows = rows.With(new NumberColumn("y", [.. Enumerable.Range(0, 60).Select(i => i == 4 ? 1e39 : i)]));
        Assert.Contains("is 1E+39 in row 5", Make.FitError("gbdt", Make.MixedSpec(LearningTask.Regression, ("objective", "poisson")), rows).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("squared")]
    [InlineData("absolute")]
    [InlineData("quantile")]
    [InlineData("poisson")]
    public void Fit_WeightsOfOne_IsNoWeights(string objective)
    {
        Table rows = Make.Mixed(120);
        rows = rows.With(new NumberColumn("y", [.. ((NumberColumn)rows["y"]).Values.ToArray().Select(Math.Abs)])).With(new NumberColumn("w", [.. Enumerable.Repeat(1.0, 120)]));
        TrainingSpec spec = Make.MixedSpec(LearningTask.Regression, ("trees", 4), ("objective", objective), ("quantile", objective == "quantile" ? 0.8 : 0.5));
        Assert.Equal(Make.Fit("gbdt", spec, rows).Score(rows).Scores, Make.Fit("gbdt", spec with { Weight = "w" }, rows).Score(rows).Scores);
    }

    [Fact]
    public void Fit_RoundsWithoutARowThatWeighs_AddNothing()
    {
        Table rows = new(
        [
            new NumberColumn("x", [.. Enumerable.Range(0, 400).Select(i => (double)i)]),
            new NumberColumn("w", [.. Enumerable.Range(0, 400).Select(i => i % 80 == 0 ? 1.0 : 0)]),
            new NumberColumn("y", [.. Enumerable.Range(0, 400).Select(i => i % 80 == 0 ? 1.0 : 1e6)]),
        ]);
        TrainingSpec spec = Make.Spec(LearningTask.Regression, "y", ("trees", 30), ("objective", "absolute"), ("subsample", 0.1)) with { Weight = "w" };
        Assert.All(Make.Fit("gbdt", spec, rows).Score(rows).Scores, s => Assert.Equal(1, s, 1e-9));
    }

    [Fact]
    public void Fit_ValidationThatWeighsNothing_IsNotWatched()
    {
        Table rows = Make.Mixed(60).With(new NumberColumn("w", Filled(1)[..60])), none = rows.With(new NumberColumn("w", new double[60]));
        TrainingSpec spec = Make.MixedSpec(LearningTask.Regression, ("trees", 8), ("earlyStop", 1)) with { Weight = "w" };
        Assert.Equal(Make.Fit("gbdt", spec, rows).Score(rows).Scores, Make.Fit("gbdt", spec, rows, none).Score(rows).Scores);
    }

    private static double[] Filled(double value) => [.. Enumerable.Repeat(value, Rows)];
}
