using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

public sealed class GbdtTrainerTests
{
    [Fact]
    public void Fit_OneStump_HasNewtonLeaves()
    {
        Table table = new([new NumberColumn("x", [1, 2, 3, 4]), new NumberColumn("y", [0, 0, 10, 10])]);
        TreeEnsemble trees = Trees(Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("depth", 1)), table));
        // Start is the mean 5; each leaf: 0.3 * -sum(gradient) / (rows + l2) = 0.3 * 10 / 3.
        Assert.Equal([5], trees.Start);
        Assert.Equal(2.5, trees.Nodes[0].Value);
        Assert.Equal(-1, trees.Nodes[1].Value, 1e-6);
        Assert.Equal(1, trees.Nodes[2].Value, 1e-6);
    }

    [Fact]
    public void Fit_OneStump_SplitsWhereAnExhaustiveSearchDoes()
    {
        Prop.ForAll(Gen.Choose(1, 100_000).ToArbitrary(), seed =>
        {
            var random = new SeededRandom((ulong)seed);
            double[] x = [.. Enumerable.Range(0, 60).Select(_ => random.Next(25) is var v && v == 0 ? double.NaN : v)];
            double[] y = [.. x.Select(v => random.NextGaussian() + (v > 11 ? 1 : double.IsNaN(v) ? 2 : 0))];
            Table table = new([new NumberColumn("x", x), new NumberColumn("y", y)]);
            TreeEnsemble trees = Trees(Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("depth", 1)), table));
            double[] unit = [.. y.Select(v => (v - y.Average()) / Math.Sqrt(y.Average(u => (u - y.Average()) * (u - y.Average()))))];
            Assert.Equal(ExhaustiveGain(x, unit), trees.Gain[0], 1e-4);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>Up to four levels are asked for one by one, more by prefixes of their order, which of groups of any kind hold the best; what is missing on either side.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    public void Fit_OneStumpOfACategory_SplitsAsAnExhaustiveSearchDoes(int levels)
    {
        Prop.ForAll(Gen.Choose(1, 100_000).ToArbitrary(), seed =>
        {
            var random = new SeededRandom((ulong)seed);
            int[] c = [.. Enumerable.Range(0, 90).Select(i => i < levels ? i : random.Next(levels + 1) - 1)];
            double[] effects = [.. Enumerable.Range(0, levels + 1).Select(_ => random.NextGaussian() * 2)];
            double[] y = [.. c.Select(v => effects[v + 1] + random.NextGaussian())];
            Table table = new([new CategoryColumn("c", c, [.. Enumerable.Range(0, levels).Select(i => $"level {i}")]), new NumberColumn("y", y)]);

            TreeEnsemble trees = Trees(Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("depth", 1), ("categorySmoothing", 0)), table));

            double[] unit = [.. y.Select(v => (v - y.Average()) / Math.Sqrt(y.Average(u => (u - y.Average()) * (u - y.Average()))))];
            double all = Score(unit, unit.Select(_ => true)), best = 0;
            foreach (int set in Enumerable.Range(1, (1 << levels) - 1).Where(s => levels > 4 || BitOperations.IsPow2(s) || s == (1 << levels) - 1))
            {
                foreach (bool missingLeft in new[] { false, true })
                {
                    bool[] left = [.. c.Select(v => v < 0 ? missingLeft : (set & (1 << v)) != 0)];
                    double l2 = levels > 4 ? 1 + CategoryOrder.ExtraL2 : 1;
                    if (left.Any(l => l) && left.Any(l => !l))
                        best = Math.Max(best, Score(unit, left, l2) + Score(unit, left.Select(l => !l), l2) - all);
                }
            }

            Assert.Equal(best, trees.Gain[0], 1e-4);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    /// <summary>Whether a category is known at all is asked for too, however few levels it has.</summary>
    [Theory]
    [InlineData(3, 0)]
    [InlineData(6, 0)]
    [InlineData(6, 50)]
    [InlineData(6, 1_000)]
    public void Fit_OnlyMissingnessOfACategoryMatters_IsLearntByOneSplit(int levels, int groupWeight)
    {
        int[] c = [.. Enumerable.Range(0, 240).Select(i => i % 4 == 0 ? -1 : i % levels)];
        Table table = new([new CategoryColumn("c", c, [.. Enumerable.Range(0, levels).Select(i => $"level {i}")]), new NumberColumn("y", [.. c.Select(v => v < 0 ? 8.0 : 2)])]);
        double[] scores = Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("depth", 1), ("groupWeight", groupWeight)), table).Score(table).Scores;
        Assert.All(c.Zip(scores), row => Assert.Equal(scores[row.First < 0 ? 0 : 1], row.Second));
        Assert.True(scores[0] > scores[1]);
    }

    [Theory]
    [InlineData(10, 0, 0)]
    [InlineData(0, 10, 10)]
    public void Fit_MissingValues_GoWhereTheyFit(double low, double high, double missing)
    {
        double[] x = [1, 1, 2, 2, double.NaN, double.NaN];
        Table table = new([new NumberColumn("x", x), new NumberColumn("y", [low, low, high, high, missing, missing])]);
        IModel model = Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 100), ("depth", 1)), table);
        Predictions scores = model.Score(table);
        Assert.Equal(missing, scores.Scores[4], 0.05);
        Assert.Equal(low, scores.Scores[0], 0.05);
    }

    [Fact]
    public void Fit_OnlyMissingnessMatters_IsLearnt()
    {
        double[] x = [.. Enumerable.Range(0, 40).Select(i => i % 4 == 0 ? double.NaN : i % 3)];
        Table table = new([new NumberColumn("x", x), new NumberColumn("y", [.. x.Select(v => double.IsNaN(v) ? 8.0 : 2)])]);
        double[] scores = Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y"), table).Score(table).Scores;
        Assert.Equal(8, scores[0], 0.01);
        Assert.Equal(2, scores[1], 0.01);
    }

    /// <summary>Beyond 200,000 rows the edges are those of a sample. The rows ascend, so that one of the first or of the last rows shows.</summary>
    [Fact]
    public void Fit_MoreRowsThanAreSampled_CutsAtTheQuantilesOfAll()
    {
        const int Count = 230_000;
        double[] x = [.. Enumerable.Range(0, Count).Select(i => (i + 0.5) / Count)];
        Table table = new([new NumberColumn("x", x), new NumberColumn("y", [.. x.Select(v => Math.Floor(16 * v))])]);
        TrainingSpec spec = Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("depth", 4), ("bins", 16));

        IModel model = Make.Fit("gbdt", spec, table);

        double[] cuts = [.. Trees(model).Nodes.Where(n => !n.IsLeaf).Select(n => n.Value).Order()];
        Assert.Equal(15, cuts.Length);
        Assert.All(cuts.Index(), cut => Assert.Equal((cut.Index + 1) / 16.0, cut.Item, 0.005));
        Assert.Equal(Make.Bytes(model), Make.Bytes(Make.Fit("gbdt", spec with { Threads = 2 }, table)));
    }

    [Fact]
    public void Fit_ManyLevels_GroupsThemInOneSplit()
    {
        string[] levels = [.. Enumerable.Range(0, 300).Select(i => $"level {i:D3}")];
        string[] c = [.. Enumerable.Range(0, 9_000).Select(i => levels[i % 300])];
        Table table = new([CategoryColumn.From("c", c), new NumberColumn("y", [.. Enumerable.Range(0, 9_000).Select(i => i % 300 % 2 == 0 ? 1.0 : -1)])]);
        IModel model = Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 1), ("depth", 1), ("learningRate", 1)), table);
        double[] scores = model.Score(table).Scores;
        Assert.True(Enumerable.Range(0, 9_000).Count(i => scores[i] > 0 == (i % 2 == 0)) > 8_000);
    }

    [Fact]
    public void Score_UnknownLevel_IsMissing()
    {
        Table rows = Make.Mixed(600);
        IModel model = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 10)), rows);
        Table unknown = rows.With(CategoryColumn.From("c", Enumerable.Repeat<string?>("new", 600)));
        Table missing = rows.With(CategoryColumn.From("c", Enumerable.Repeat<string?>(null, 600)));
        Assert.Equal(model.Score(missing).Scores, model.Score(unknown).Scores);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(31)]
    public void Fit_Leaves_CapsEveryTree(int leaves)
    {
        TreeEnsemble trees = Trees(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 5), ("leaves", leaves), ("depth", 0)), Make.Mixed(2_000)));
        for (int t = 0; t < trees.Roots.Length; t++)
        {
            int end = t + 1 < trees.Roots.Length ? trees.Roots[t + 1] : trees.Nodes.Length;
            Assert.Equal(leaves, trees.Nodes[trees.Roots[t]..end].Count(n => n.IsLeaf));
        }
    }

    [Fact]
    public void Fit_UnlimitedLeaves_EqualsLeafWiseWithAsManyLeaves()
    {
        Table rows = Make.Mixed(2_000);
        byte[] level = Make.Bytes(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 3), ("depth", 4)), rows));
        byte[] best = Make.Bytes(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 3), ("depth", 4), ("leaves", 16)), rows));
        Assert.Equal(ModelFile.Read(level).Get<TreeNode>("nodes"), ModelFile.Read(best).Get<TreeNode>("nodes"));
    }

    [Fact]
    public void Fit_MinChildWeight_HoldsInEveryLeaf()
    {
        TreeEnsemble trees = Trees(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 5), ("minChildWeight", 25)), Make.Mixed(1_000)));
        Assert.All(trees.Cover, cover => Assert.True(cover >= 25));
    }

    [Fact]
    public void Fit_EarlyStop_KeepsTheBestRound()
    {
        Table rows = Make.Mixed(300);
        Table validation = Make.Mixed(300, 2);
        TrainingSpec spec = Make.MixedSpec(LearningTask.Binary, ("trees", 300), ("earlyStop", 5), ("minChildWeight", 0));
        IModel model = Make.Fit("gbdt", spec, rows, validation);
        ModelHeader header = ModelFile.Read(Make.Bytes(model)).Header;
        Assert.Equal(header.Metadata["roundsGrown"], header.Metadata["rounds"] + 5);
        Assert.Equal(header.Metadata["validationLoss"], ModelMetrics.Compute(model, validation, "two").Find("logLoss")!.Value, 1e-9);
        IModel same = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", header.Metadata["rounds"]), ("minChildWeight", 0)), rows);
        Assert.Equal(same.Score(validation).Scores, model.Score(validation).Scores);
    }

    [Theory]
    [InlineData(LearningTask.Regression)]
    [InlineData(LearningTask.Binary)]
    [InlineData(LearningTask.Multiclass)]
    public void Fit_MoreRounds_LowersTheTrainingLoss(LearningTask task)
    {
        var losses = new List<double>();
        TrainerCatalog.Default.Get("gbdt").Fit(Make.MixedSpec(task, ("trees", 12)), Make.Mixed(500), null, new Collector(losses), default);
        Assert.Equal(12, losses.Count);
        Assert.All(losses.Zip(losses.Skip(1)), pair => Assert.True(pair.Second < pair.First));
    }

    [Fact]
    public void Importance_NoiseAndSignal_SumsToOneSignalFirst()
    {
        IModel model = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 20)), Make.Mixed(2_000));
        Assert.Equal(1, model.Importance.Sum(i => i.Share), 1e-9);
        Assert.Equal("e", model.Importance[^1].Feature);
    }

    [Fact]
    public void Score_ExtremeTargets_StaysFinite()
    {
        foreach (double scale in new[] { 1e-12, 1e12 })
        {
            Table rows = Make.Mixed(500);
            Table scaled = rows.With(new NumberColumn("y", [.. ((NumberColumn)rows["y"]).Values.ToArray().Select(v => v * scale)]));
            double[] expected = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 10)), rows).Score(rows).Scores;
            double[] scores = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 10)), scaled).Score(rows).Scores;
            Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second / scale, 1e-5));
        }
    }

    private static double ExhaustiveGain(double[] x, double[] y)
    {
        double best = 0;
        double all = Score(y, y.Select(_ => true));
        foreach (double threshold in x.Where(v => !double.IsNaN(v)).Distinct())
        {
            foreach (bool missingLeft in new[] { false, true })
            {
                bool[] left = [.. x.Select(v => double.IsNaN(v) ? missingLeft : v <= threshold)];
                if (left.Any(l => l) && left.Any(l => !l))
                    best = Math.Max(best, Score(y, left) + Score(y, left.Select(l => !l)) - all);
            }
        }

        return best;
    }

    private static double Score(double[] y, IEnumerable<bool> inside, double l2 = 1)
    {
        double[] rows = [.. y.Zip(inside).Where(p => p.Second).Select(p => p.First)];
        return rows.Sum() * rows.Sum() / (rows.Length + l2);
    }

    private static TreeEnsemble Trees(IModel model) => ((TreeModel)model).Trees;

    private sealed class Collector(List<double> losses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => losses.Add(value.TrainingLoss!.Value);
    }
}
