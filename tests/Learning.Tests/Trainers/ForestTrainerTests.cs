using MlOps.Learning.Explaining;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

public sealed class ForestTrainerTests
{
    private static readonly Table Rows = Make.Mixed(600);

    public static TheoryData<LearningTask, string> Kinds => new()
    {
        { LearningTask.Binary, "forest" }, { LearningTask.Multiclass, "forest" }, { LearningTask.Regression, "forest" },
        { LearningTask.Binary, "extraTrees" }, { LearningTask.Multiclass, "extraTrees" }, { LearningTask.Regression, "extraTrees" },
    };

    /// <summary>Only all inputs and all rows make every leaf pure; then what was trained on is known by heart.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Fit_AllInputsTried_LearnsAndExplainsInTheUnitOfTheScore(LearningTask task, string kind)
    {
        IModel model = Make.Fit("forest", Make.MixedSpec(task, ("trees", 20), ("kind", kind), ("maxFeatures", 1)), Rows.Take([.. Enumerable.Range(0, 400)]));
        MetricInfo metric = MetricCatalog.DefaultFor(task);
        double unseen = ModelMetrics.Compute(model, Rows.Take([.. Enumerable.Range(400, 200)]), model.Signature.Target).Find(metric.Name)!.Value;
        Assert.True(metric.Gain(unseen, task switch { LearningTask.Binary => 0.93, LearningTask.Multiclass => 0.65, _ => 0.8 }) > 0, $"{metric.Name} {unseen}");
        double seen = ModelMetrics.Compute(model, Rows.Take([.. Enumerable.Range(0, 400)]), model.Signature.Target).Find(metric.Name)!.Value;
        Assert.True(metric.Gain(seen, unseen) > 0);
        Contributions explained = ModelExplainer.Of(model).Explain(Rows.Take([1, 2]), CancellationToken.None);
        double[] scores = model.Score(Rows.Take([1, 2])).Scores;
        for (int i = 0; i < scores.Length; i++)
            Assert.Equal(scores[i], explained.Margin(i / explained.Outputs, i % explained.Outputs), 1e-9);
    }

    [Theory]
    [InlineData(LearningTask.Binary)]
    [InlineData(LearningTask.Multiclass)]
    [InlineData(LearningTask.Regression)]
    public void Fit_OneTreeOfOneLevel_SplitsWhereImpurityIsLeast(LearningTask task)
    {
        Table table = new(
        [
            new NumberColumn("noise", [1, 2, 1, 2, 1, 2, 1, 2]), new NumberColumn("x", [1, 2, 3, 4, 5, 6, 7, 8]),
            new NumberColumn("y", [0, 0, 0, 0, 0, 1, 1, task == LearningTask.Multiclass ? 2 : 1]),
        ]);
        IModel model = Make.Fit("baseline", Make.Spec(task, "y", ("answer", "stump")), table);
        double[] scores = model.Score(new Table([new NumberColumn("noise", [1, 1]), new NumberColumn("x", [5.4, 5.6])])).Scores;
        double[] expected = task == LearningTask.Multiclass ? [1, 0, 0, 0, 2.0 / 3, 1.0 / 3] : [0, 1];
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    /// <summary>The best cut stands where the answer changes, but for the rows that a tree did not draw; extra trees draw theirs from the whole range.</summary>
    [Theory]
    [InlineData("forest", 0, 12)]
    [InlineData("extraTrees", 60, 100)]
    public void Fit_OneCut_IsTheBestOneOrDrawn(string kind, double least, double most)
    {
        double[] x = [.. Enumerable.Range(0, 100).Select(i => (double)i)];
        Table table = new([new NumberColumn("x", x), new NumberColumn("y", [.. x.Select(v => v < 30 ? 0.0 : 1)])]);
        TrainingSpec spec = Make.Spec(LearningTask.Regression, "y", ("trees", 40), ("depth", 1), ("kind", kind), ("maxFeatures", 1));
        TreeEnsemble trees = ((TreeModel)Make.Fit("forest", spec, table)).Trees;
        double[] cuts = [.. trees.Roots.Select(r => trees.Nodes[r].Value)];
        Assert.InRange(cuts.Max() - cuts.Min(), least, most);
    }

    [Fact]
    public void Fit_MissingValuesThatTell_AreSplitFromTheRest()
    {
        Table table = new([new NumberColumn("x", [1, double.NaN, 3, double.NaN, 2, double.NaN]), new NumberColumn("y", [0, 1, 0, 1, 0, 1])]);
        IModel model = Make.Fit("baseline", Make.Spec(LearningTask.Binary, "y", ("answer", "stump")), table);
        Assert.Equal([0, 1, 0, 1, 0, 1], model.Score(table).Scores.Select(s => Math.Round(s)));
    }

    [Fact]
    public void Fit_Weights_CountAsRows()
    {
        double[] x = [1, 2, 3, 4, 5, 6], y = [0, 1, 0, 1, 1, 0], w = [1, 3, 2, 1, 2, 2];
        int[] repeated = [.. Enumerable.Range(0, 6).SelectMany(i => Enumerable.Repeat(i, (int)w[i]))];
        Table weighted = new([new NumberColumn("x", x), new NumberColumn("w", w), new NumberColumn("y", y)]);
        TrainingSpec spec = Make.Spec(LearningTask.Binary, "y", ("kind", "extraTrees"), ("trees", 3), ("depth", 2));
        TrainingSpec stump = Make.Spec(LearningTask.Binary, "y", ("answer", "stump"));
        double[] once = Make.Fit("baseline", stump with { Features = ["x"] }, weighted.Take(repeated)).Score(weighted).Scores;
        Assert.All(once.Zip(Make.Fit("baseline", stump with { Weight = "w" }, weighted).Score(weighted).Scores), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        Assert.NotEqual(Make.Fit("forest", spec with { Features = ["x"] }, weighted).Score(weighted).Scores, Make.Fit("forest", spec with { Weight = "w" }, weighted).Score(weighted).Scores);
    }

    [Theory]
    [InlineData(LearningTask.Binary, "oobAccuracy", 0.8)]
    [InlineData(LearningTask.Multiclass, "oobAccuracy", 0.6)]
    [InlineData(LearningTask.Regression, "oobR2", 0.6)]
    public void Fit_Bootstrap_TellsTheScoreOnRowsOutOfTheBag(LearningTask task, string fact, double least)
    {
        IReadOnlyDictionary<string, double> facts = ModelFile.Read(Make.Bytes(Make.Fit("forest", Make.MixedSpec(task, ("trees", 40)), Rows))).Header.Metadata;
        Assert.InRange(facts[fact], least, 0.97);
        Assert.Equal((600, 600), (facts["rows"], facts["oobRows"]));
        Assert.False(ModelFile.Read(Make.Bytes(Make.Fit("forest", Make.MixedSpec(task, ("trees", 2), ("kind", "extraTrees")), Rows))).Header.Metadata.ContainsKey(fact));
    }

    /// <summary>The levels that give more of the positive x give less of the others: an order for the whole tree has no cut that tells those apart.</summary>
    [Fact]
    public void Fit_OrderOfLevelsTurnsWithAnotherInput_IsFoundByOneCutMore()
    {
        int[] rows = [.. Enumerable.Range(0, 3000)];
        string[] levels = [.. rows.Select(i => "abcd"[i / 3 % 4].ToString())];
        double[] x = [.. rows.Select(i => i % 3 == 0 ? -1.0 : 1)];
        double[] y = [.. rows.Select(i => x[i] > 0 ? (levels[i] is "c" or "d" ? 11.0 : 10) : levels[i] is "a" or "c" ? 1 : 0)];
        Table table = new([CategoryColumn.From("level", levels), new NumberColumn("x", x), new NumberColumn("y", y)]);
        IModel model = Make.Fit("forest", Make.Spec(LearningTask.Regression, "y", ("trees", 10), ("depth", 2), ("maxFeatures", 1)), table);
        Assert.All(y.Zip(model.Score(table).Scores), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    /// <summary>Ordered by a node's own rows, of which a level has few, levels of pure noise would explain most of every larger node.</summary>
    [Fact]
    public void Fit_NoiseInManyLevelsBesideAnInputThatTells_GetsLittleOfTheGain()
    {
        var random = new SeededRandom(11);
        double[] x = [.. Enumerable.Range(0, 5000).Select(_ => random.NextGaussian())];
        Table table = new(
        [
            CategoryColumn.From("level", x.Select(_ => $"l{random.Next(200)}")),
            new NumberColumn("x", x),
            new NumberColumn("y", [.. x.Select(v => v + random.NextGaussian())]),
        ]);
        IModel model = Make.Fit("forest", Make.Spec(LearningTask.Regression, "y", ("trees", 10), ("minLeafRows", 20), ("maxFeatures", 1)), table);
        double gain = ModelFile.Read(Make.Bytes(model)).Header.Importance.Single(i => i.Feature == "level").Share;
        Assert.True(gain < 0.15, $"{gain}");
    }

    /// <summary>Levels are ordered by rows of the tree: an order by all rows would know the answer of those out of its bag.</summary>
    [Theory]
    [InlineData(LearningTask.Binary)]
    [InlineData(LearningTask.Multiclass)]
    public void Fit_NoiseInManyLevels_IsWorthNothingOutOfTheBag(LearningTask task)
    {
        var random = new SeededRandom(5);
        Table noise = new(
        [
            CategoryColumn.From("level", Enumerable.Range(0, 600).Select(_ => $"l{random.Next(200)}")),
            new NumberColumn("x", [.. Enumerable.Range(0, 600).Select(_ => random.NextGaussian())]),
            new NumberColumn("y", [.. Enumerable.Range(0, 600).Select(_ => (double)random.Next(task == LearningTask.Binary ? 2 : 3))]),
        ]);
        IModel model = Make.Fit("forest", Make.Spec(task, "y", ("trees", 40)), noise);
        double chance = task == LearningTask.Binary ? 1.0 / 2 : 1.0 / 3;
        Assert.InRange(ModelFile.Read(Make.Bytes(model)).Header.Metadata["oobAccuracy"], chance - 0.06, chance + 0.06);
    }

    [Fact]
    public void Fit_MinLeafRowsAndDepth_BoundTheTrees()
    {
        IReadOnlyDictionary<string, double> Facts(params (string, object)[] parameters) =>
            ModelFile.Read(Make.Bytes(Make.Fit("forest", Make.MixedSpec(LearningTask.Regression, [("trees", 1), .. parameters]), Rows))).Header.Metadata;
        Assert.InRange(Facts(("depth", 3))["nodes"], 3, 15);
        Assert.InRange(Facts(("minLeafRows", 100))["nodes"], 3, 11);
        Assert.True(Facts()["nodes"] > 300);
    }
}
