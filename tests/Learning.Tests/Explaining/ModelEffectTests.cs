using MlOps.Learning.Explaining;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Explaining;

/// <summary>What holds of any model, asked of one whose effects are known.</summary>
public sealed class ModelEffectTests
{
    private static readonly string[] Levels = ["low", "middle", "high"];

    private static readonly Table Rows = new(
    [
        new NumberColumn("a", [.. Enumerable.Range(0, 200).Select(i => i % 40 == 7 ? double.NaN : (i * 37 % 101) / 10.0)]),
        new NumberColumn("b", [.. Enumerable.Range(0, 200).Select(i => i * 53 % 97 / 10.0)]),
        new NumberColumn("unused", [.. Enumerable.Range(0, 200).Select(i => (double)i)]),
        new CategoryColumn("c", [.. Enumerable.Range(0, 200).Select(i => i * i % 3)], Levels),
        new NumberColumn("y", [.. Enumerable.Range(0, 200).Select(i => (double)(i % 17))]),
    ]);

    [Fact]
    public void Permutation_KnownModel_EqualsShufflingByHand()
    {
        var options = new PermutationOptions { Metric = "mae", Repeats = 3, Seed = 5 };
        IReadOnlyList<PermutedFeature> found = PermutationImportance.Of(new Known(), Rows, "y", options, null, CancellationToken.None);

        Assert.Equal(["a", "b", "unused", "c"], found.Select(f => f.Feature).OrderBy(f => Array.IndexOf(["a", "b", "unused", "c"], f)));
        Assert.Equal((0, 0), (found.Single(f => f.Feature == "unused").Mean, found.Single(f => f.Feature == "unused").Deviation));
        Assert.All(found, f => Assert.Equal(f.Values.Average(), f.Mean, 1e-12));
        Assert.Equal(Json(found), Json(PermutationImportance.Of(new Known(), Rows, "y", options, null, CancellationToken.None)));

        int[] order = [.. Enumerable.Range(0, 200)];
        SeededRandom.Derive(5, 0).Shuffle<int>(order);
        double before = ModelMetrics.Compute(new Known(), Rows, "y").Values["mae"], after = ModelMetrics.Compute(new Known(), Rows.With(Rows["a"].Take(order)), "y").Values["mae"];
        Assert.Equal(after - before, found.Single(f => f.Feature == "a").Values[0], 1e-12);
    }

    [Fact]
    public void Permutation_OutOfRange_IsRefused()
    {
        Assert.Equal("permutation", Fails(new PermutationOptions { Repeats = 0 }));
        Assert.Equal("metric-task", Fails(new PermutationOptions { Metric = "auc" }));
        Assert.ThrowsAny<OperationCanceledException>(() => PermutationImportance.Of(new Known(), Rows, "y", new(), null, new CancellationToken(true)));

        static string Fails(PermutationOptions options) =>
            Assert.Throws<MlOpsException>(() => PermutationImportance.Of(new Known(), Rows, "y", options, null, CancellationToken.None)).Code;
    }

    [Fact]
    public void Dependence_KnownModel_IsItsFormulaOnAverage()
    {
        FeatureEffect effect = PartialDependence.Of(new Known(), Rows, "b", new EffectOptions { Points = 5, Individual = 4 }, null, CancellationToken.None);
        double rest = new Known().Score(Rows.With(new NumberColumn("b", new double[200]))).Scores.Average();

        Assert.Equal(5, effect.Points.Count);
        Assert.All(effect.Points, p => Assert.Equal(rest + (2 * p.Value!.Value), p.Effects[0], 1e-9));
        Assert.Equal(4, effect.Individual.Count);
        double single = new Known().Score(Rows.Take([effect.Individual[2].Row]).With(new NumberColumn("b", [effect.Points[3].Value!.Value]))).Scores[0];
        Assert.Equal(single, effect.Individual[2].Effects[3][0], 1e-12);
    }

    [Fact]
    public void Dependence_AllRowsIndividual_AverageToTheMean()
    {
        FeatureEffect effect = PartialDependence.Of(new Known(), Rows, "c", new EffectOptions { Individual = 1000 }, null, CancellationToken.None);
        Assert.Equal(Levels, effect.Points.Select(p => p.Level));
        Assert.Equal(effect.Points[1].Effects[0], effect.Individual.Average(i => i.Effects[1][0]), 1e-9);
    }

    /// <summary>Where effects add up, an accumulated effect is the formula, centred on 0 over the rows.</summary>
    [Fact]
    public void Accumulated_KnownModel_IsItsFormulaCentred()
    {
        FeatureEffect effect = AccumulatedEffects.Of(new Known(), Rows, "b", new EffectOptions { Points = 6 }, CancellationToken.None);
        Assert.All(effect.Points.Skip(1), (p, i) => Assert.Equal(2 * (p.Value!.Value - effect.Points[0].Value!.Value), p.Effects[0] - effect.Points[0].Effects[0], 1e-9));
        Assert.InRange(effect.Points[0].Effects[0], -12, -8);
        Assert.Equal(6, effect.Points.Count);
    }

    [Fact]
    public void Accumulated_Category_IsTheDifferenceOfItsLevelsCentred()
    {
        FeatureEffect effect = AccumulatedEffects.Of(new Known(), Rows, "c", new EffectOptions(), CancellationToken.None);
        Assert.Equal(["low", "middle"], effect.Points.Select(p => p.Level));
        Assert.Equal(5, effect.Points[1].Effects[0] - effect.Points[0].Effects[0], 1e-9);
        var codes = ((CategoryColumn)Rows["c"]).Codes.ToArray();
        Assert.Equal(0, codes.Average(code => effect.Points[code].Effects[0]), 1e-9);
    }

    /// <summary>Quantiles between two values would leave a bin without rows here, and with it the one step that there is.</summary>
    [Fact]
    public void Accumulated_StepBetweenFrequentValues_IsSeen()
    {
        double[] values = [.. Enumerable.Range(-300, 300).Select(i => (double)i), .. new double[594], .. Enumerable.Range(1, 106).Select(i => (double)i)];
        FeatureEffect effect = AccumulatedEffects.Of(new Step(), new Table([new NumberColumn("x", values)]), "x", new EffectOptions(), CancellationToken.None);
        Assert.Equal(1, effect.Points[^1].Effects[0] - effect.Points.Last(p => p.Value <= 0).Effects[0], 1e-9);
    }

    [Fact]
    public void Accumulated_LevelsThatNoRowHas_AreNoPoints()
    {
        Table rows = Rows.Take([.. Enumerable.Range(0, 200).Where(i => i * i % 3 != 1)]);
        rows = rows.With(new CategoryColumn("c", [.. ((CategoryColumn)rows["c"]).Codes.ToArray().Select((_, i) => i % 2 * 2)], Levels));
        FeatureEffect effect = AccumulatedEffects.Of(new Known(), rows, "c", new EffectOptions(), CancellationToken.None);
        Assert.Equal(["low", "high"], effect.Points.Select(p => p.Level));
        Assert.Equal(10, effect.Points[1].Effects[0] - effect.Points[0].Effects[0], 1e-9);
    }

    /// <summary>What goes with an input is not taken for its effect: a x b is asked only where both occur together.</summary>
    [Fact]
    public void Accumulated_UnusedInput_HasNoEffect() =>
        Assert.All(AccumulatedEffects.Of(new Known(), Rows, "unused", new EffectOptions(), CancellationToken.None).Points, p => Assert.Equal(0, p.Effects[0], 1e-12));

    [Theory]
    [InlineData("bb", "did you mean")]
    [InlineData("y", "no input 'y'")]
    public void Effects_OfNoInput_SayWhichThereAre(string feature, string expected)
    {
        MlOpsException error = Assert.Throws<MlOpsException>(() => AccumulatedEffects.Of(new Known(), Rows, feature, new EffectOptions(), CancellationToken.None));
        Assert.Equal("explain-feature", error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Background_LinearModel_IsItsWeightTimesTheDistanceFromTheMean()
    {
        Table rows = Make.Mixed(300);
        IModel model = Make.Fit("linear", Make.MixedSpec(LearningTask.Multiclass, ("maxIterations", 20)), rows);
        Table background = rows.Take([.. Enumerable.Range(0, 50)]), few = rows.Take([100, 200]);
        var explainer = new BackgroundExplainer(model, background);

        Contributions own = ModelExplainer.Of(model).Explain(few, CancellationToken.None), against = explainer.Explain(few, CancellationToken.None);
        Contributions ofBackground = ModelExplainer.Of(model).Explain(background, CancellationToken.None);

        for (int k = 0; k < own.Outputs; k++)
        {
            Assert.Equal(own.Margin(1, k), against.Margin(1, k), 1e-9);
            Assert.Equal(Enumerable.Range(0, 50).Average(row => ofBackground.Margin(row, k)), against.Base[k], 1e-9);
            for (int i = 0; i < model.Signature.Inputs.Count; i++)
                Assert.Equal(own.Of(0, k)[i] - Enumerable.Range(0, 50).Average(row => ofBackground.Of(row, k)[i]), against.Of(0, k)[i], 1e-9);
        }
    }

    [Fact]
    public void Background_WithoutRows_IsRefused() => Assert.Equal(
        "explain-background",
        Assert.Throws<MlOpsException>(() => new BackgroundExplainer(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 2)), Make.Mixed(100)), Make.Mixed(100).Take([]))).Code);

    [Fact]
    public void Importance_OfAModelWithoutTrees_NamesAnother() => Assert.Contains(
        "permutation", Assert.Throws<MlOpsException>(() => SplitImportance.Of(new Known())).Message, StringComparison.Ordinal);

    private static string Json(IReadOnlyList<PermutedFeature> found) => System.Text.Json.JsonSerializer.Serialize(found);

    /// <summary>1 above a half.</summary>
    private sealed class Step : IModel
    {
        public ModelSignature Signature { get; } = new(LearningTask.Regression, "y", [new("x", ColumnType.Number, false)], []);

        public string Trainer => "step";

        public IReadOnlyList<FeatureImportance> Importance => [];

        public Predictions Score(Table rows) => new(LearningTask.Regression, [], [.. ((NumberColumn)rows["x"]).Values.ToArray().Select(x => x > 0.5 ? 1.0 : 0)]);

        public void Save(Stream destination) => throw new NotSupportedException();
    }

    /// <summary>a squared (missing is 0) + 2 b + 5 times the place of the level.</summary>
    private sealed class Known : IModel
    {
        public ModelSignature Signature { get; } = new(
            LearningTask.Regression, "y",
            [new("a", ColumnType.Number, true), new("b", ColumnType.Number, false), new("unused", ColumnType.Number, false), new("c", ColumnType.Category, false, Levels)], []);

        public string Trainer => "known";

        public IReadOnlyList<FeatureImportance> Importance => [];

        public Predictions Score(Table rows)
        {
            (NumberColumn a, NumberColumn b, CategoryColumn c) = ((NumberColumn)rows["a"], (NumberColumn)rows["b"], (CategoryColumn)rows["c"]);
            return new(LearningTask.Regression, [], [.. Enumerable.Range(0, rows.RowCount).Select(i => (double.IsNaN(a.Values[i]) ? 0 : a.Values[i] * a.Values[i]) + (2 * b.Values[i]) + (5 * c.Codes[i]))]);
        }

        public void Save(Stream destination) => throw new NotSupportedException();
    }
}
