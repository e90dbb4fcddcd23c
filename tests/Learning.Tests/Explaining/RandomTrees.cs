using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Explaining;

/// <summary>Ensembles that no training would give: inputs asked for again and again, numbers and categories, branches without cover, lone leaves.</summary>
internal static class RandomTrees
{
    /// <summary>Of each input: even ones are numbers in [-1, 1], odd ones categories of this many levels.</summary>
    public const int Levels = 40;

    /// <param name="numbers">All inputs are numbers.</param>
    public static TreeEnsemble Grow(int seed, int trees, int inputs, int outputs, int depth, bool numbers = false)
    {
        var random = new SeededRandom((ulong)seed);
        var nodes = new List<TreeNode>();
        var roots = new List<int>();
        var sets = new List<uint>();
        var cover = new List<float>();
        for (int tree = 0; tree < trees; tree++)
        {
            roots.Add(nodes.Count);
            nodes.Add(default);
            cover.Add(100);
            Divide(nodes.Count - 1, depth);
        }

        return new TreeEnsemble([.. nodes], [.. roots], [.. sets], [.. Enumerable.Range(0, outputs).Select(k => k - 0.5)], [.. cover], new float[nodes.Count]);

        void Divide(int node, int levels)
        {
            if (levels == 0 || random.NextDouble() < 0.15)
            {
                nodes[node] = new TreeNode(random.NextGaussian(), 0, 0);
                return;
            }

            int input = random.Next(inputs);
            int feature = input | (random.Next(2) == 0 ? TreeNode.MissingLeftFlag : 0);
            nodes[node] = numbers || input % 2 == 0
                ? new TreeNode((random.NextDouble() * 2) - 1, feature, nodes.Count)
                : new TreeNode(AddSet(), feature | TreeNode.CategoryFlag, nodes.Count);
            float share = random.Next(8) == 0 ? random.Next(2) : (float)random.NextDouble();
            nodes.AddRange([default, default]);
            cover.AddRange([cover[node] * share, cover[node] * (1 - share)]);
            int left = nodes.Count - 2;
            Divide(left, levels - 1);
            Divide(left + 1, levels - 1);
        }

        int AddSet()
        {
            sets.AddRange([2, (uint)random.NextUInt64(), (uint)random.Next(1 << (Levels - 32))]);
            return sets.Count - 3;
        }
    }

    /// <summary>A row of such inputs, every fifth value missing.</summary>
    public static double[] Row(int seed, int inputs, bool numbers = false)
    {
        var random = new SeededRandom((ulong)seed);
        return [.. Enumerable.Range(0, inputs).Select(i => random.Next(5) == 0 ? double.NaN : numbers || i % 2 == 0 ? (random.NextDouble() * 2) - 1 : random.Next(Levels))];
    }
}
