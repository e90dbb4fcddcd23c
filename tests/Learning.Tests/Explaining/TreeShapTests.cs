using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Explaining;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Explaining;

public sealed class TreeShapTests
{
    [Fact]
    public void Explain_AnyTrees_EqualsShapleyByItsDefinition()
    {
        var cases = Gen.Zip(Gen.Choose(1, 1_000_000), Gen.Zip(Gen.Choose(1, 6), Gen.Zip(Gen.Choose(0, 7), Gen.Choose(1, 3))));
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            (int seed, (int inputs, (int depth, int outputs))) = (c.Item1, (c.Item2.Item1, c.Item2.Item2));
            TreeEnsemble trees = RandomTrees.Grow(seed, trees: outputs * 2, inputs, outputs, depth);
            var shap = new TreeShap(trees, inputs);
            double[] row = RandomTrees.Row(seed + 1, inputs);
            var contributions = new double[outputs * inputs];
            shap.Explain(row, contributions);
            for (int k = 0; k < outputs; k++)
            {
                double Worth(int known) => trees.Start[k] + trees.Roots.Where((_, tree) => tree % outputs == k).Sum(root => BruteForce.Expect(trees, root, row, known));
                Assert.Equal(Worth(0), shap.Base[k], 1e-9);
                double[] expected = BruteForce.Shapley(inputs, Worth);
                for (int i = 0; i < inputs; i++)
                    Assert.Equal(expected[i], contributions[(k * inputs) + i], 1e-9);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Theory]
    [InlineData(2_000, 1)]
    [InlineData(150, 150)]
    [InlineData(600, 40)]
    public void Explain_TreeOfOneLongPath_StillAddsUp(int depth, int inputs)
    {
        TreeEnsemble chain = Chain(depth, inputs);
        var shap = new TreeShap(chain, inputs);
        double[] row = RandomTrees.Row(depth, inputs * 2).Where((_, i) => i % 2 == 0).ToArray();
        var contributions = new double[inputs];
        var score = new double[1];

        shap.Explain(row, contributions);
        new TreeScorer(chain, inputs).Score(row, score);

        Assert.Equal(score[0], shap.Base[0] + contributions.Sum(), 1e-9);
    }

    [Theory]
    [InlineData("has no nodes of its own", 1, 0)]
    [InlineData("has no nodes of its own", 0, 0)]
    [InlineData("no node leads to node 1", 0)]
    public void New_OfTreesThatAreNotOneBehindTheOther_IsRefused(string why, params int[] roots)
    {
        var trees = new TreeEnsemble([new(0.5, 0, 2), new(1, 0, 0), new(1, 0, 0), new(2, 0, 0)], roots, [], [0], [2, 1, 1, 1], new float[4]);

        MlOpsException error = Assert.Throws<MlOpsException>(() => new TreeShap(trees, 1));

        Assert.Equal("model-file", error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_ManyTimes_AllocatesNothing()
    {
        TreeEnsemble trees = RandomTrees.Grow(7, 5, 6, 1, 5);
        var shap = new TreeShap(trees, 6);
        double[] row = RandomTrees.Row(8, 6);
        var contributions = new double[6];
        shap.Explain(row, contributions);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
            shap.Explain(row, contributions);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Create_TreesThatShareANode_IsADamagedFile()
    {
        TreeEnsemble trees = RandomTrees.Grow(3, 1, 2, 1, 3);
        TreeNode[] nodes = [.. trees.Nodes];
        int inner = Array.FindIndex(nodes, 1, n => !n.IsLeaf);
        nodes[inner] = nodes[inner] with { Left = nodes[0].Left + 1 };
        trees = trees with { Nodes = nodes };

        MlOpsException error = Assert.Throws<MlOpsException>(() => new TreeShap(trees, 2));

        Assert.Equal("model-file", error.Code);
    }

    /// <summary>Each node has a leaf on its left, and all the rest on its right.</summary>
    private static TreeEnsemble Chain(int depth, int inputs)
    {
        var random = new SeededRandom((ulong)depth);
        var nodes = new List<TreeNode> { default };
        var cover = new List<float> { 1e6f };
        for (int level = 0; level < depth; level++)
        {
            int node = nodes.Count - 1;
            nodes[node] = new TreeNode((random.NextDouble() * 2) - 1, level % inputs, nodes.Count);
            nodes.AddRange([new TreeNode(random.NextGaussian(), 0, 0), new TreeNode(random.NextGaussian(), 0, 0)]);
            cover.AddRange([cover[node] * 0.02f, cover[node] * 0.98f]);
        }

        return new TreeEnsemble([.. nodes], [0], [], [0.25], [.. cover], new float[nodes.Count]);
    }
}
