using System.Runtime.Intrinsics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Exporting;
using MlOps.Learning.Importing;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>What gbdt promises besides growing trees: weights, penalties, directions, objectives, groups of levels.</summary>
public sealed class GbdtFeatureTests
{
    [Theory]
    [InlineData(LearningTask.Binary, "auto")]
    [InlineData(LearningTask.Multiclass, "auto")]
    [InlineData(LearningTask.Regression, "squared")]
    [InlineData(LearningTask.Regression, "quantile")]
    [InlineData(LearningTask.Regression, "poisson")]
    public void Fit_WholeWeights_EqualsRowsRepeated(LearningTask task, string objective)
    {
        Table rows = Positive(Make.Mixed(240));
        int[] weights = [.. Enumerable.Range(0, 240).Select(i => i * 7 % 4)];
        int[] repeated = [.. Enumerable.Range(0, 240).SelectMany(i => Enumerable.Repeat(i, weights[i]))];
        // Rows are drawn to look ahead, other ones where they are repeated, so trees do not here.
        // A level of 3/4, whose gradients no rounding changes, so that splits that are as good as each other stay so.
        TrainingSpec spec = Make.MixedSpec(task, ("trees", 4), ("depth", 3), ("minChildWeight", 10), ("objective", objective), ("quantile", objective == "quantile" ? 0.75 : 0.5), ("lookAhead", "none"));
        Table weighted = rows.With(new NumberColumn("w", [.. weights.Select(w => (double)w)]));

        double[] byWeight = Make.Fit("gbdt", spec with { Weight = "w" }, weighted).Score(rows).Scores;
        // The same bins: rows of no weight take part in them, so they are here too, once, and weigh nothing.
        Table many = rows.Take([.. repeated, .. Enumerable.Range(0, 240)]);
        Table twice = many.With(new NumberColumn("w", [.. repeated.Select(_ => 1.0), .. Enumerable.Repeat(0.0, 240)]));
        double[] byRepeating = Make.Fit("gbdt", spec with { Weight = "w" }, twice).Score(rows).Scores;
        // Between which thresholds a row of no weight falls, nobody knows.
        int outputs = byWeight.Length / 240;
        Assert.All(Enumerable.Range(0, byWeight.Length).Where(i => weights[i / outputs] > 0), i => Assert.Equal(byRepeating[i], byWeight[i], 1e-3 * Math.Max(1, Math.Abs(byRepeating[i]))));
        double[] unweighted = Make.Fit("gbdt", spec, rows).Score(rows).Scores;
        Assert.NotEqual(unweighted, byWeight);
    }

    [Theory]
    [InlineData(LearningTask.Regression, "squared", 1, 0)]
    [InlineData(LearningTask.Regression, "squared", -1, 0)]
    [InlineData(LearningTask.Regression, "absolute", 1, 0)]
    [InlineData(LearningTask.Regression, "quantile", -1, 0)]
    [InlineData(LearningTask.Regression, "poisson", 1, 0)]
    [InlineData(LearningTask.Binary, "binary", 1, 0)]
    [InlineData(LearningTask.Binary, "binary", -1, 12)]
    [InlineData(LearningTask.Regression, "squared", -1, 12)]
    [InlineData(LearningTask.Regression, "absolute", 1, 12)]
    public void Fit_Monotone_NeverGoesTheOtherWay(LearningTask task, string objective, int direction, int leaves) => Prop.ForAll(Gen.Choose(1, 100_000).ToArbitrary(), seed =>
    {
        Table rows = Positive(Make.Mixed(200, (ulong)seed));
        TrainingSpec spec = Make.MixedSpec(
            task, ("trees", 6), ("minChildWeight", 0), ("objective", objective), ("leaves", leaves), ("depth", leaves > 0 ? 0 : 6), ("monotone", $"a:{direction:+0;-0},b:+1"), ("l1", seed % 2));
        IModel model = Make.Fit("gbdt", spec, rows);
        double[] before = [];
        for (double a = -3; a <= 3; a += 0.25)
        {
            double[] now = model.Score(rows.With(new NumberColumn("a", [.. Enumerable.Repeat(a, 200)]))).Scores;
            Assert.All(before.Zip(now), p => Assert.True(direction * (p.Second - p.First) >= -1e-12, $"{p.First} then {p.Second} at {a}"));
            before = now;
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(8));

    [Fact]
    public void Fit_WithoutMonotone_GoesTheOtherWaySomewhere()
    {
        Table rows = Make.Mixed(200);
        IModel model = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 6), ("minChildWeight", 0)), rows);
        double[] low = model.Score(rows.With(new NumberColumn("a", [.. Enumerable.Repeat(-3.0, 200)]))).Scores;
        double[] high = model.Score(rows.With(new NumberColumn("a", [.. Enumerable.Repeat(3.0, 200)]))).Scores;
        Assert.Contains(low.Zip(high), p => p.Second < p.First || p.Second > p.First);
        Assert.True(low.Zip(high).Count(p => p.Second > p.First) > 190);
    }

    [Theory]
    [InlineData("monotone", "a:up", "'up' after 'a' is no direction: +1 (rises) or -1 (falls) (it is written column:+1,column:-1)")]
    [InlineData("monotone", "a:+1,a:-1", "'a' is named twice")]
    [InlineData("monotone", "aa:+1", "'aa' is no feature; did you mean 'a'?")]
    [InlineData("monotone", "c:+1", "'c' is a category, which has no order")]
    [InlineData("objective", "poison", "objective = 'poison' is unknown; did you mean 'poisson'? (allowed: auto,")]
    [InlineData("objective", "binary", "objective = 'binary' is not for the task Regression (allowed: auto, squared, absolute, quantile, poisson)")]
    [InlineData("objective", "poisson", "in row 1, objective poisson needs 0 or more")]
    [InlineData("quantile", "0.9", "quantile = 0.9 needs objective = quantile (objective = auto does not look at it)")]
    [InlineData("calibrate", "platt", "calibrate = 'platt' is for the task Binary; the task is Regression (allowed: none)")]
    public void Fit_WrongChoice_SaysWhatIsAllowed(string name, string value, string message)
    {
        Table rows = Make.Mixed(60);
        rows = rows.With(new NumberColumn("y", [-1, .. ((NumberColumn)rows["y"]).Values[1..]]));
        Assert.Contains(message, Make.FitError("gbdt", Make.MixedSpec(LearningTask.Regression, (name, value)), rows).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_LeastRowsOfALeaf_AreInEveryLeaf()
    {
        Table rows = Make.Mixed(400);
        double[] scores = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 1), ("minLeafRows", 25)), rows).Score(rows).Scores;
        double[] free = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 1)), rows).Score(rows).Scores;
        Assert.All(scores.CountBy(s => s), leaf => Assert.True(leaf.Value >= 25));
        Assert.Contains(free.CountBy(s => s), leaf => leaf.Value < 25);
    }

    [Fact]
    public void Fit_MonotoneOfClasses_IsRefused() => Assert.Contains(
        "monotone is for binary and regression", Make.FitError("gbdt", Make.MixedSpec(LearningTask.Multiclass, ("monotone", "a:+1")), Make.Mixed(60)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Fit_Quantile_CoversItsShareOfHeldOutRows(double level)
    {
        TrainingSpec spec = Make.MixedSpec(LearningTask.Regression, ("trees", 60), ("depth", 3), ("learningRate", 0.1), ("objective", "quantile"), ("quantile", level), ("minChildWeight", 20));
        Table test = Noisy(4_000, 2);
        double[] scores = Make.Fit("gbdt", spec, Noisy(4_000, 1)).Score(test).Scores;
        double below = ((NumberColumn)test["y"]).Values.ToArray().Zip(scores).Average(p => p.First <= p.Second ? 1.0 : 0);
        Assert.Equal(level, below, 0.04);
    }

    [Fact]
    public void Fit_Absolute_ForgivesOutliersThatSquaredDoesNot()
    {
        Table rows = Noisy(2_000, 3);
        double[] y = ((NumberColumn)rows["y"]).Values.ToArray();
        Table spoilt = rows.With(new NumberColumn("y", [.. y.Select((v, i) => i % 25 == 0 ? v + 500 : v)]));
        double Error(string objective) => Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 50), ("depth", 3), ("objective", objective)), spoilt)
            .Score(rows).Scores.Zip(y).Average(p => Math.Abs(p.First - p.Second));
        Assert.True(Error("absolute") < 0.3 * Error("squared"), $"{Error("absolute")} {Error("squared")}");
    }

    [Fact]
    public void Fit_Poisson_PredictsTheMeanOfCounts()
    {
        Table rows = Counts(4_000, 1), test = Counts(4_000, 2);
        IModel model = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 80), ("depth", 3), ("learningRate", 0.1), ("objective", "poisson")), rows);
        double[] scores = model.Score(test).Scores, counts = ((NumberColumn)test["y"]).Values.ToArray();
        Assert.All(scores, s => Assert.True(s > 0));
        Assert.Equal(1, scores.Sum() / counts.Sum(), 0.05);
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderBy(i => scores[i])];
        foreach (int[] part in order.Chunk(1_000))
            Assert.Equal(1, part.Sum(i => scores[i]) / part.Sum(i => counts[i]), 0.12);
        Assert.Equal(OutputLink.Exponential, ((TreeModel)model).Header.Link);
    }

    [Fact]
    public void Fit_L1_ShrinksLeavesAndLeavesNoiseAlone()
    {
        Table table = new([new NumberColumn("x", [1, 2, 3, 4]), new NumberColumn("y", [0, 0, 10, 10])]);
        double Leaf(double l1) => ((TreeModel)Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("depth", 1), ("l1", l1)), table)).Trees.Nodes[^1].Value;
        // 0.3 * (sum of residuals - l1) / (rows + l2), in deviations of 5.
        Assert.Equal(1, Leaf(0), 1e-6);
        Assert.Equal(0.75, Leaf(0.5), 1e-6);
        Assert.Single(((TreeModel)Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("l1", 2.5)), table)).Trees.Nodes);
    }

    [Fact]
    public void Fit_EarlyStop_WatchesTheObjectivesOwnLoss()
    {
        Table rows = Noisy(500, 1), validation = Noisy(500, 2);
        TrainingSpec spec = Make.MixedSpec(LearningTask.Regression, ("trees", 200), ("objective", "quantile"), ("quantile", 0.8), ("earlyStop", 5));
        IModel model = Make.Fit("gbdt", spec, rows, validation);
        double[] y = ((NumberColumn)validation["y"]).Values.ToArray();
        double pinball = model.Score(validation).Scores.Zip(y).Average(p => p.Second >= p.First ? 0.8 * (p.Second - p.First) : 0.2 * (p.First - p.Second));
        Assert.Equal(pinball, ((TreeModel)model).Header.Metadata["validationLoss"], 1e-9);
        Assert.True(((TreeModel)model).Header.Metadata["rounds"] < 200);
        Assert.Equal(pinball, ModelMetrics.Compute(model, validation, "y").Values["pinball"], 1e-12);
        Assert.Equal(pinball, ModelMetrics.Compute(ModelFile.Load(Make.Bytes(model)), validation, "y").Values["pinball"], 1e-12);
    }

    [Fact]
    public void Metrics_OfAModelOfMeans_HaveNoPinballOfItsOwn()
    {
        Table rows = Noisy(100, 1);
        MetricSet metrics = ModelMetrics.Compute(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 2)), rows), rows, "y");
        Assert.Contains("objective = quantile", metrics.WhyAbsent("pinball"), StringComparison.Ordinal);
        Assert.True(metrics.Values.ContainsKey("pinball90"));
    }

    [Theory]
    [InlineData("oneHotLevels", 200, 1)]
    [InlineData("oneHotLevels", 19, 10)]
    [InlineData("groupWeight", 700, 7)]
    public void Fit_CategoryParameters_ChangeHowLevelsAreGrouped(string name, double value, int levels)
    {
        Table rows = Levels();
        (string, object)[] common = [("trees", 1), ("depth", 1), ("learningRate", 1)];
        int Left(params (string, object)[] more) => LevelsOnTheSmallerSide(Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", [.. common, .. more]), rows), rows);
        Assert.Equal(10, Left());
        Assert.Equal(levels, Left((name, value)));
    }

    /// <summary>A level of 3 rows far below all others is the first that is tried; with much smoothing it stands among them.</summary>
    [Theory]
    [InlineData(0, new[] { 5, 0, 1, 2, 3, 4 })]
    [InlineData(1000, new[] { 0, 1, 5, 2, 3, 4 })]
    public void Order_RareLevel_StandsWhereSmoothingPutsIt(double smoothing, int[] expected)
    {
        Vector128<double>[] bins = [.. new[] { -50.0, -30, 10, 30, 40 }.Select(g => Vector128.Create(g, 100)), Vector128.Create(-6.0, 3)];
        var order = new int[bins.Length];
        Assert.Equal(6, new CategoryOrder(4, smoothing, 0).Order(bins, order, CategoryOrder.LeastWeight(1)));
        Assert.Equal(expected, order);
    }

    /// <summary>One row of a hundred is positive, so the 40 rows of a level have a hessian of 0.4 together; one level in ten has nearly all of the positives.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_LevelsOfARareClass_AreAskedFor(bool weighted)
    {
        const int Levels = 200, Each = 40;
        var random = new SeededRandom(5);
        int[] c = [.. Enumerable.Range(0, Levels * Each).Select(i => i % Levels)];
        string[] y = [.. c.Select(level => random.NextDouble() < (level % 10 == 0 ? 0.08 : 0.001) ? "yes" : "no")];
        Table rows = new([new CategoryColumn("c", c, [.. Enumerable.Range(0, Levels).Select(i => $"level {i:D3}")]), CategoryColumn.From("y", y), new NumberColumn("w", [.. y.Select(_ => 0.001)])]);
        Assert.InRange(y.Count(v => v == "yes"), 50, 100);

        double[] scores = Make.Fit("gbdt", Make.Spec(LearningTask.Binary, "y", ("trees", 30)) with { Weight = weighted ? "w" : null }, rows).Score(rows).Scores;

        Assert.True(Mean(level => level % 10 == 0) > 5 * Mean(level => level % 10 != 0), $"{Mean(level => level % 10 == 0)} {Mean(level => level % 10 != 0)}");

        double Mean(Func<int, bool> of) => scores.Where((_, i) => of(c[i])).Average();
    }

    [Fact]
    public void Fit_CategorySmoothing_ReachesTheOrderOfLevels()
    {
        Table rows = new(
        [
            CategoryColumn.From("c", Enumerable.Range(0, 603).Select(i => i >= 600 ? "rare" : $"level {i % 6}")),
            new NumberColumn("y", [.. Enumerable.Range(0, 603).Select(i => i >= 600 ? 600.0 : 10 * (i % 6))]),
        ]);
        double[] Scores(double smoothing) => Make.Fit("gbdt", Make.Spec(
            LearningTask.Regression, "y", ("trees", 1), ("depth", 1), ("learningRate", 1), ("minChildWeight", 0), ("categorySmoothing", smoothing)), rows).Score(rows).Scores;

        Assert.Equal(600, Scores(0).Count(s => s == Scores(0)[0]));
        Assert.NotEqual(600, Scores(1e6).Count(s => s == Scores(1e6)[0]));
    }

    [Fact]
    public void Fit_ColumnSample_GivesEachTreeItsOwnFewInputs()
    {
        var random = new SeededRandom(1);
        double[][] inputs = [.. Enumerable.Range(0, 10).Select(_ => Enumerable.Range(0, 300).Select(_ => random.NextGaussian()).ToArray())];
        Table rows = new([.. inputs.Select((x, i) => new NumberColumn($"x{i}", x)), new NumberColumn("y", [.. Enumerable.Range(0, 300).Select(row => inputs.Sum(x => x[row]))])]);
        TreeEnsemble trees = ((TreeModel)Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 20), ("columnSample", 0.2)), rows)).Trees;

        int[][] used = [.. trees.Roots.Select((root, t) => trees.Nodes[root..(t + 1 < trees.Roots.Length ? trees.Roots[t + 1] : trees.Nodes.Length)].Where(n => !n.IsLeaf).Select(n => n.Input).Distinct().ToArray())];

        Assert.All(used, tree => Assert.InRange(tree.Length, 1, 2));
        Assert.InRange(used.SelectMany(tree => tree).Distinct().Count(), 6, 10);
    }

    [Fact]
    public void Sampler_Shares_AreDrawnInOrderAndAnewEachRound()
    {
        var options = GbdtOptions.From(TrainerParameters.Parse(TrainerCatalog.Default.Get("gbdt"), new Dictionary<string, string> { ["subsample"] = "0.3", ["columnSample"] = "0.5" }));
        var sampler = new RowSampler(options, 7);
        int[] first = sampler.Rows(0, 1000), second = sampler.Rows(1, 1000);
        Assert.Equal((300, 300, 5), (first.Length, second.Length, sampler.Features(0, 10).Length));
        Assert.Equal(first.Distinct().Order(), first);
        Assert.InRange(first.Intersect(second).Count(), 50, 140);
        Assert.InRange(first.Average(), 430, 570);
    }

    [Fact]
    public void Export_PoissonAndCalibrated_CarryTheirLinkOrAreRefused()
    {
        Table rows = Counts(300, 1);
        // Without the timestamp, whose seconds 32 bits do not hold.
        TrainingSpec counts = Make.MixedSpec(LearningTask.Regression, ("trees", 3), ("objective", "poisson")) with { Features = ["a", "b", "c", "d"] };
        IModel poisson = Make.Fit("gbdt", counts, rows);
        using var json = new MemoryStream();
        ModelExporter.Export(poisson, "xgboost-json", json);
        Assert.Contains("\"name\":\"count:poisson\",\"poisson_regression_param\":{\"max_delta_step\":\"0.7\"}", Encoding.UTF8.GetString(json.ToArray()), StringComparison.Ordinal);
        IModel back = ModelImporter.Import(json.ToArray(), ImportOptions.Default).Model;
        Assert.All(poisson.Score(rows).Scores.Zip(back.Score(rows).Scores), p => Assert.Equal(p.First, p.Second, 1e-5 * p.First));
        IModel platt = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 3), ("calibrate", "platt")) with { Features = counts.Features }, rows);
        Assert.Contains("calibrated (platt)", Assert.Throws<MlOpsException>(() => ModelExporter.Export(platt, "xgboost-json", json)).Message, StringComparison.Ordinal);
        IModel isotonic = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 3), ("calibrate", "isotonic")), rows);
        Assert.Contains("calibrated (isotonic)", Assert.Throws<MlOpsException>(() => ModelExporter.Export(isotonic, "onnx", json)).Message, StringComparison.Ordinal);
        using var onnx = new MemoryStream();
        ModelExporter.Export(platt, "onnx", onnx);
        IModel sigmoid = ModelImporter.Import(onnx.ToArray(), ImportOptions.Default).Model;
        Assert.All(platt.Score(rows).Scores.Zip(sigmoid.Score(rows).Scores), p => Assert.Equal(p.First, p.Second, 1e-5));
    }

    private static int LevelsOnTheSmallerSide(IModel model, Table rows)
    {
        double[] scores = model.Score(rows).Scores;
        int low = scores.Take(20).Count(s => s == scores.Min());
        return Math.Min(low, 20 - low);
    }

    /// <summary>20 levels, 100 rows each, whose means rise with them.</summary>
    private static Table Levels() => new(
    [
        CategoryColumn.From("c", Enumerable.Range(0, 2_000).Select(i => $"level {i % 20:D2}")),
        new NumberColumn("y", [.. Enumerable.Range(0, 2_000).Select(i => (double)(i % 20))]),
    ]);

    private static Table Positive(Table rows) => rows.With(new NumberColumn("y", [.. ((NumberColumn)rows["y"]).Values.ToArray().Select(v => Math.Exp(v / 2))]));

    private static Table Noisy(int rows, ulong seed)
    {
        Table table = Make.Mixed(rows, seed);
        var random = new SeededRandom(seed + 100);
        return table.With(new NumberColumn("y", [.. ((NumberColumn)table["a"]).Values.ToArray().Select(a => (2 * a) + ((1 + Math.Abs(a)) * random.NextGaussian()))]));
    }

    private static Table Counts(int rows, ulong seed)
    {
        Table table = Make.Mixed(rows, seed);
        var random = new SeededRandom(seed + 200);
        return table.With(new NumberColumn("y", [.. ((NumberColumn)table["a"]).Values.ToArray().Select(a => Draw(Math.Exp(0.5 + (0.7 * a)), random))]));
    }

    /// <summary>Knuth, TAOCP 3.4.1.</summary>
    private static double Draw(double mean, SeededRandom random)
    {
        double product = random.NextDouble();
        int count = 0;
        for (double least = Math.Exp(-mean); product > least; count++)
            product *= random.NextDouble();
        return count;
    }
}
