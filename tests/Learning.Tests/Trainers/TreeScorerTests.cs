using System.Runtime.Intrinsics.X86;
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

    /// <summary>Both ways, where the processor has the instructions of the second. Three trees have no more thresholds than a byte ranks.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(30)]
    public void Add_OfARowByTheAnswersOfAllNodes_IsTheSumOfItsLeavesInOrder(int inputs) =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            TreeEnsemble trees = RandomTrees.Grow(seed, trees: 3, inputs, outputs: 1 + (2 * (seed % 2)), depth: seed % 7, numbers: true);
            double[] row = RandomTrees.Row(seed + 1, inputs, numbers: true);
            if (CompleteTrees.Of(trees, Thresholds.Of(trees.Nodes, inputs)!)?.Rows is not { } answers)
                return !Avx2.IsSupported;
            foreach (bool isWide in Avx512Vbmi.IsSupported ? (bool[])[false, true] : [false])
            {
                double[] scores = [.. trees.Start];
                answers.Add(row, scores, isWide);
                Assert.Equal(Sums(trees, row), scores);
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

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

    /// <summary>A tree of 511 nodes and 4 bytes for each time that it is added: laid out complete, each would take 4 KB.</summary>
    [Fact]
    public void Score_OfOneTreeAddedTwoThousandTimes_HoldsMemoryOfItsNodesAndIsTheSumAsWell()
    {
        TreeNode[] nodes = [.. Enumerable.Range(0, 511).Select(i => i < 255 ? new TreeNode((i - 127) / 128.0, i % 3, (2 * i) + 1) : new TreeNode(i, 0, 0))];
        var trees = new TreeEnsemble(nodes, new int[2000], [], [0.5], new float[511], new float[511]);

        Assert.InRange(new TreeScorer(trees, width: 3).Bytes, 1, 100_000);
        Equal(trees, [.. Enumerable.Range(0, 40).Select(i => RandomTrees.Row(i, inputs: 3, numbers: true))], inputs: 3);
    }

    /// <summary>Seventeen nodes in a chain are 256 leaves of a complete tree.</summary>
    [Fact]
    public void Score_OfChains_HoldsMemoryOfTheirNodesAndIsTheSumAsWell()
    {
        TreeNode[] nodes = [.. Enumerable.Range(0, 1000 * 17).Select(i => (i % 17) switch
        {
            16 => new TreeNode(i, 0, 0),
            int at when at % 2 == 0 => new TreeNode((at - 8) / 9.0, at % 3, i + 1),
            _ => new TreeNode(-i, 0, 0),
        })];
        var trees = new TreeEnsemble(nodes, [.. Enumerable.Range(0, 1000).Select(tree => tree * 17)], [], [0.5], new float[nodes.Length], new float[nodes.Length]);

        Assert.InRange(new TreeScorer(trees, width: 3).Bytes, 1, 100 * nodes.Length);
        Equal(trees, [.. Enumerable.Range(0, 40).Select(i => RandomTrees.Row(i, inputs: 3, numbers: true))], inputs: 3);
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
