using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>gbdt looks at pairs of numbers for the root of a tree.</summary>
public sealed class LookAheadTests
{
    private const int Inputs = 12;

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 8)]
    public void Fit_ProductOfTwoCentredNumbers_IsFoundByPairsOnly(int depth, int leaves)
    {
        Table rows = Rows(4000, x => x[2] * x[3], 1), others = Rows(2000, x => x[2] * x[3], 2);

        double greedy = Unexplained(Regression(("lookAhead", "none"), ("trees", 5), ("depth", depth), ("leaves", leaves)), rows, others);
        double pairs = Unexplained(Regression(("trees", 5), ("depth", depth), ("leaves", leaves)), rows, others);

        Assert.True(pairs < 0.75 * greedy, $"{pairs} of {greedy}");
    }

    [Fact]
    public void Fit_ExclusiveOr_OneTreeOfTwoLevelsIsTheQuadrants()
    {
        static double Quadrants(double[] x) => (x[5] > 0) == (x[9] > 0) ? 1 : -1;
        Table rows = Rows(4000, Quadrants, 3);
        TrainingSpec spec = Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("depth", 2), ("learningRate", 1), ("l2", 0));

        IModel model = Make.Fit("gbdt", spec, rows);

        Assert.InRange(Unexplained(model, rows), 0, 0.2);
        Assert.Equal(["x5", "x9"], model.Importance.Where(i => i.Share > 0).Select(i => i.Feature).Order());
        Assert.InRange(Unexplained(Make.Fit("gbdt", With(spec, "lookAhead", "none"), rows), rows), 0.9, 1);
    }

    [Fact]
    public void Fit_ExclusiveOrOfClasses_IsFound()
    {
        Table rows = Rows(4000, x => (x[0] > 0) == (x[7] > 0.5) ? 1 : 0, 4);
        Table named = rows.With(CategoryColumn.From("y", Enumerable.Range(0, rows.RowCount).Select(i => ((NumberColumn)rows["y"]).Values[i] > 0.5 ? "same" : "other")));
        TrainingSpec spec = Make.Spec(LearningTask.Binary, "y", ("trees", 1), ("depth", 2));

        Assert.Equal(["x0", "x7"], Make.Fit("gbdt", spec, named).Importance.Where(i => i.Share > 0).Select(i => i.Feature).Order());
    }

    [Theory]
    [InlineData(3000)]
    [InlineData(400)]
    public void Fit_NothingButNoise_StaysGreedy(int count)
    {
        Table rows = Rows(count, _ => 0, 5, noise: 1);

        Assert.Equal(Make.Fit("gbdt", Regression(("trees", 1), ("lookAhead", "none")), rows).Score(rows).Scores, Make.Fit("gbdt", Regression(("trees", 1)), rows).Score(rows).Scores);
    }

    /// <summary>A few large gradients, which chance gathers in small quadrants.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    public void Fit_RareLargeTargetsAndNoise_StaysGreedy(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        Table noise = Rows(20_000, _ => 0, (ulong)seed);
        Table rows = noise.With(new NumberColumn("y", [.. Enumerable.Range(0, noise.RowCount).Select(_ => random.Next(100) == 0 ? Math.Exp(random.NextGaussian()) : 0)]));

        Assert.Equal(Make.Fit("gbdt", Regression(("trees", 1), ("lookAhead", "none")), rows).Score(rows).Scores, Make.Fit("gbdt", Regression(("trees", 1)), rows).Score(rows).Scores);
    }

    /// <summary>Levels divide what a heavy bin leaves, so a number of many zeros has cuts among its others.</summary>
    [Fact]
    public void Fit_ExclusiveOrWithinTheNonZeros_IsFound()
    {
        Table plain = Rows(8000, _ => 0, 17);
        double[] many = [.. ((NumberColumn)plain["x0"]).Values.ToArray().Select((v, i) => i % 5 == 0 ? Math.Abs(v) + 0.1 : 0)], other = [.. ((NumberColumn)plain["x1"]).Values.ToArray()];
        Table rows = plain.With(new NumberColumn("x0", many)).With(new NumberColumn("y", [.. many.Zip(other, (a, b) => (a > 0.77) == (b > 0) ? 1.0 : -1)]));
        TrainingSpec spec = Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("depth", 2), ("learningRate", 1), ("l2", 0));

        Assert.InRange(Unexplained(Make.Fit("gbdt", spec, rows), rows), 0, 0.2);
    }

    [Fact]
    public void Fit_SumsWithoutInteraction_LosesNothing()
    {
        static double Sum(double[] x) => (2 * x[0]) + x[1] - x[2];
        Table rows = Rows(3000, Sum, 5, 1), others = Rows(2000, Sum, 6, 1);

        double greedy = Unexplained(Regression(("lookAhead", "none")), rows, others), pairs = Unexplained(Regression(), rows, others);

        Assert.InRange(pairs, 0, 1.05 * greedy);
    }

    [Fact]
    public void Fit_AnyThreadsAndPauses_SameBytes()
    {
        // Enough rows for the screen to be divided among threads.
        Table rows = Holes(Rows(20_000, x => (x[2] * x[3]) + x[0], 6));
        TrainingSpec spec = Regression(("subsample", 0.9), ("columnSample", 0.9), ("trees", 8));
        IResumableTrainer trainer = Assert.IsAssignableFrom<IResumableTrainer>(TrainerCatalog.Default.Get("gbdt"));

        byte[] once = Make.Bytes(Make.Fit("gbdt", spec, rows));

        Assert.NotEqual(Make.Fit("gbdt", With(spec, "lookAhead", "none"), rows).Score(rows).Scores, Make.Fit("gbdt", spec, rows).Score(rows).Scores);
        Assert.Equal(once, Make.Bytes(Make.Fit("gbdt", spec with { Threads = 2 }, rows)));
        Assert.Equal(once, Make.Bytes(Make.Fit("gbdt", spec with { Threads = 3 }, rows)));
        (byte[] checkpoint, IModel? model) = ([], null);
        while (model is null)
        {
            IFitSession session = trainer.Begin(spec, rows, null, checkpoint, default);
            model = session.Run(() => true, null);
            checkpoint = model is null ? session.Checkpoint()! : [];
        }

        Assert.Equal(once, Make.Bytes(model));
    }

    [Fact]
    public void Fit_MoreNumbersThanAreLookedAtInATree_IsFoundInTheCourseOfTrees()
    {
        Table rows = Rows(3000, x => 2 * Math.Sign(x[2]) * Math.Sign(x[70]), 7, inputs: 80);
        TrainingSpec spec = Make.Spec(LearningTask.Regression, "y", ("trees", 40), ("depth", 2), ("learningRate", 0.5));

        double greedy = Unexplained(Make.Fit("gbdt", With(spec, "lookAhead", "none"), rows), rows), pairs = Unexplained(Make.Fit("gbdt", spec, rows), rows);

        Assert.True(pairs < 0.5 * greedy, $"{pairs} of {greedy}");
    }

    [Fact]
    public void Fit_MonotoneInputOfTheProduct_KeepsItsDirection()
    {
        Table rows = Rows(4000, x => (x[2] * x[3]) + (x[4] * x[5]), 8);
        IModel model = Make.Fit("gbdt", Regression(("monotone", "x2:+1")), rows);
        double[] before = [];
        for (double value = -2; value <= 2; value += 0.25)
        {
            double[] now = model.Score(rows.With(new NumberColumn("x2", [.. Enumerable.Repeat(value, rows.RowCount)]))).Scores;
            Assert.All(before.Zip(now), p => Assert.True(p.Second - p.First >= -1e-12, $"{p.First} then {p.Second} at {value}"));
            before = now;
        }
    }

    [Theory]
    [InlineData("depth", 1)]
    [InlineData("leaves", 3)]
    public void Fit_TreesWithoutFourLeaves_DoNotLookAhead(string parameter, int value)
    {
        Table rows = Rows(3000, x => x[2] * x[3], 9);
        TrainingSpec spec = Regression((parameter, value));

        Assert.Equal(Make.Fit("gbdt", With(spec, "lookAhead", "none"), rows).Score(rows).Scores, Make.Fit("gbdt", spec, rows).Score(rows).Scores);
    }

    private static TrainingSpec Regression(params (string Name, object Value)[] more) =>
        Make.Spec(LearningTask.Regression, "y", [("learningRate", 0.3), .. more.Any(m => m.Name == "trees") ? [] : ((string, object)[])[("trees", 20)], .. more]);

    private static TrainingSpec With(TrainingSpec spec, string name, string value) =>
        spec with { Parameters = new Dictionary<string, string>(spec.Parameters) { [name] = value } };

    private static Table Rows(int count, Func<double[], double> law, ulong seed, double noise = 0.3, int inputs = Inputs)
    {
        var random = new SeededRandom(seed);
        double[][] rows = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, inputs).Select(_ => random.NextGaussian()).ToArray())];
        return new Table(
        [
            .. Enumerable.Range(0, inputs).Select(f => new NumberColumn($"x{f}", [.. rows.Select(r => r[f])])),
            new NumberColumn("y", [.. rows.Select(r => law(r) + (noise * random.NextGaussian()))]),
        ]);
    }

    private static Table Holes(Table rows)
    {
        double[] values = [.. ((NumberColumn)rows["x3"]).Values.ToArray().Select((v, i) => i % 9 == 0 ? double.NaN : v)];
        return rows.With(new NumberColumn("x3", values));
    }

    /// <summary>The share of the target's variance that is left.</summary>
    private static double Unexplained(IModel model, Table rows)
    {
        double[] truth = [.. ((NumberColumn)rows["y"]).Values], scores = model.Score(rows).Scores;
        double mean = truth.Average();
        return truth.Zip(scores, (y, s) => (y - s) * (y - s)).Sum() / truth.Sum(y => (y - mean) * (y - mean));
    }

    private static double Unexplained(TrainingSpec spec, Table rows, Table others) => Unexplained(Make.Fit("gbdt", spec, rows), others);
}
