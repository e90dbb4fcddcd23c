using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Tests.Explaining;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

public sealed class TreeScorerTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    public void Score_OfRowsInAnyNumber_IsTheSumOfTheirLeavesInOrder(int inputs, bool numbers) =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).Two().ToArbitrary(), seeds =>
        {
            int outputs = 1 + (seeds.Item1 % 3);
            TreeEnsemble trees = RandomTrees.Grow(seeds.Item1, trees: outputs * (1 + (seeds.Item1 % 7)), inputs, outputs, depth: seeds.Item2 % 10, numbers);
            double[][] rows = [.. Enumerable.Range(0, 1 + (seeds.Item2 % (seeds.Item1 % 9 == 0 ? 150 : 11))).Select(i => RandomTrees.Row(seeds.Item2 + i, inputs, numbers))];
            Equal(trees, rows, inputs);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    /// <summary>Ranks are kept for 256 rows at once, or for fewer where a row has many of them.</summary>
    [Theory]
    [InlineData(3, 2 * 256 + 9)]
    [InlineData(200, 2 * (16_384 / 200) + 9)]
    public void Score_OfMoreNumbersThanAreRankedAtOnce_IsTheSumAsWell(int inputs, int rows) => Equal(
        RandomTrees.Grow(seed: 7, trees: 60, inputs, outputs: 2, depth: 6, numbers: true),
        [.. Enumerable.Range(0, rows).Select(i => RandomTrees.Row(i, inputs, numbers: true))],
        inputs);

    [Fact]
    public void Score_WhereASetHasMoreLevelsThanANodeHasBits_IsTheSumAsWell()
    {
        var trees = new TreeEnsemble(
            [new(0, TreeNode.CategoryFlag | TreeNode.MissingLeftFlag, 1), new(1.5, 0, 0), new(-2, 0, 0)], [0], [3, 0b10, 0, 0b101], [0.25], [2, 1, 1], [1, 0, 0]);

        Equal(trees, [.. ((double[])[0, 1, 33, 64, 65, 66, 99, double.NaN]).Select(x => (double[])[x])], inputs: 1);
    }

    [Fact]
    public void Score_OfFewerNumbersThanTheRowsNeed_IsRefused() => Assert.Throws<ArgumentException>(() =>
        new TreeScorer(RandomTrees.Grow(1, 2, 3, 1, 2), width: 3).Score(new double[5], new double[2]));

    private static void Equal(TreeEnsemble trees, double[][] rows, int inputs)
    {
        int outputs = trees.Start.Length;
        var scores = new double[rows.Length * outputs];
        new TreeScorer(trees, inputs).Score([.. rows.SelectMany(r => r)], scores);

        Assert.Equal([.. rows.SelectMany(row => Sums(trees, row))], scores);
    }

    private static double[] Sums(TreeEnsemble trees, double[] row)
    {
        double[] sums = [.. trees.Start];
        for (int tree = 0; tree < trees.Roots.Length; tree++)
            sums[tree % sums.Length] += trees.Walk(trees.Roots[tree], row);
        return sums;
    }
}
