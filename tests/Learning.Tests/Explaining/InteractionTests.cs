using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Explaining;

public sealed class InteractionTests
{
    [Fact]
    public void Explain_AnyTrees_EqualsTheInteractionIndexByItsDefinition()
    {
        var cases = Gen.Zip(Gen.Choose(1, 1_000_000), Gen.Zip(Gen.Choose(2, 5), Gen.Choose(0, 6)));
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            (int seed, (int inputs, int depth)) = c;
            TreeEnsemble trees = RandomTrees.Grow(seed, trees: 2, inputs, outputs: 1, depth);
            double[] row = RandomTrees.Row(seed + 1, inputs);
            var found = new double[inputs * inputs];

            new TreeInteractions(trees, inputs).Explain(row, found);

            for (int i = 0; i < inputs; i++)
            {
                for (int j = 0; j < inputs; j++)
                    Assert.Equal(i == j ? 0 : BruteForce.Interaction(inputs, i, j, known => trees.Roots.Sum(root => BruteForce.Expect(trees, root, row, known))) / 2, found[(i * inputs) + j], 1e-9);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public void Explain_AnyTreesAgainstABackground_EqualsShapleyByItsDefinition()
    {
        var cases = Gen.Zip(Gen.Choose(1, 1_000_000), Gen.Zip(Gen.Choose(1, 6), Gen.Zip(Gen.Choose(0, 7), Gen.Choose(1, 3))));
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            (int seed, (int inputs, (int depth, int outputs))) = (c.Item1, (c.Item2.Item1, c.Item2.Item2));
            TreeEnsemble trees = RandomTrees.Grow(seed, trees: outputs * 2, inputs, outputs, depth);
            double[] row = RandomTrees.Row(seed + 1, inputs);
            double[][] background = [.. Enumerable.Range(2, 1 + (seed % 4)).Select(i => RandomTrees.Row(seed + i, inputs))];
            var shap = new InterventionalTreeShap(trees, inputs, [.. background.SelectMany(b => b)]);
            var found = new double[outputs * inputs];

            shap.Explain(row, found);

            for (int k = 0; k < outputs; k++)
            {
                double Worth(int known) => trees.Start[k] + background.Average(b => trees.Roots.Where((_, tree) => tree % outputs == k).Sum(root => trees.Walk(root, Mixed(row, b, known))));
                Assert.Equal(Worth(0), shap.Base[k], 1e-9);
                double[] expected = BruteForce.Shapley(inputs, Worth);
                for (int i = 0; i < inputs; i++)
                    Assert.Equal(expected[i], found[(k * inputs) + i], 1e-9);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    /// <summary>As a whole number of 32 bits their square is negative, and 0.</summary>
    [Theory]
    [InlineData(50_000)]
    [InlineData(65_536)]
    public void Interactions_OfMoreInputsThanAnArrayHoldsSquares_AreRefusedWithAdvice(int inputs)
    {
        string[] names = [.. Enumerable.Range(0, inputs).Select(i => $"x{i}")];
        var signature = new ModelSignature(LearningTask.Regression, "y", [.. names.Select(name => new FeatureSignature(name, ColumnType.Number, true))], []);
        var header = new ModelHeader("trees", "gbdt", signature, new Dictionary<string, double>(), new Dictionary<string, double>(), []);
        var model = new TreeModel(header, new TreeEnsemble([new(1, 0, 0)], [0], [], [0], [1], [0]));
        var rows = new Table([.. names.Select(name => new NumberColumn(name, [1]))]);

        var error = Assert.Throws<MlOpsException>(() => ModelExplainer.Interactions(model, rows, CancellationToken.None));

        Assert.Equal((ErrorKind.TooLarge, "explain-too-large"), (error.Kind, error.Code));
        Assert.Contains($"those of one row, {(long)inputs * inputs:N0}, do not", error.Message, StringComparison.Ordinal);
    }

    private static double[] Mixed(double[] row, double[] other, int known) => [.. row.Select((x, i) => (known >> i & 1) != 0 ? x : other[i])];
}
