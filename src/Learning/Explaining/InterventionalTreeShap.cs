using System.Runtime.CompilerServices;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>
/// Exact interventional TreeSHAP (Lundberg et al. 2020, "independent" TreeSHAP; Janzing, Minorics, Bloebaum 2020 on why to ask so): the Shapley
/// values of the game in which unknown inputs are those of a background row, averaged over the background. Of a leaf that is reached with
/// a inputs of the row and b of the background (the others agree on the way), each of the former gets (a - 1)! b! / (a + b)! of its value, each of
/// the latter minus a! (b - 1)! / (a + b)!. Row and background row go down together and part only where they differ, so a pair costs the
/// leaves that their mixtures reach.
/// </summary>
internal sealed class InterventionalTreeShap
{
    private readonly TreeEnsemble _trees;
    private readonly double[][] _background;
    private readonly int _inputs;
    private readonly double[,] _weights;

    /// <param name="background">Rows one behind the other; at least one.</param>
    public InterventionalTreeShap(TreeEnsemble trees, int inputs, double[] background)
    {
        (_trees, _inputs) = (trees, inputs);
        _background = [.. Enumerable.Range(0, background.Length / inputs).Select(row => background.AsSpan(row * inputs, inputs).ToArray())];
        _weights = Weights(TreePaths.Of(trees).Trees.Select(t => t.Inputs).DefaultIfEmpty(0).Max());
        Base = new double[trees.Start.Length];
        foreach (double[] row in _background)
        {
            for (int tree = 0; tree < trees.Roots.Length; tree++)
                Base[tree % Base.Length] += trees.Walk(trees.Roots[tree], row) / _background.Length;
        }

        for (int k = 0; k < Base.Length; k++)
            Base[k] += trees.Start[k];
    }

    /// <summary>Mean margin of the background per output.</summary>
    public double[] Base { get; }

    /// <summary>Adds the contributions of rows one behind the other, each outputs x inputs.</summary>
    public void Explain(ReadOnlySpan<double> rows, Span<double> contributions)
    {
        var side = new sbyte[_inputs];
        var parted = new int[_weights.GetLength(0)];
        int cells = Base.Length * _inputs;
        for (int row = 0; row * _inputs < rows.Length; row++)
        {
            foreach (double[] other in _background)
            {
                for (int tree = 0; tree < _trees.Roots.Length; tree++)
                {
                    Span<double> output = contributions.Slice((row * cells) + (tree % Base.Length * _inputs), _inputs);
                    new Pair(this, rows.Slice(row * _inputs, _inputs), other, side, parted, output).Walk(_trees.Roots[tree], 0, 0);
                }
            }
        }
    }

    /// <summary>(a - 1)! b! / (a + b)! over the number of background rows, by a and b; the weight of the other side is that of b and a.</summary>
    private double[,] Weights(int most)
    {
        var weights = new double[most + 1, most + 1];
        for (int a = 1; a <= most; a++)
        {
            // b = 0 gives 1 / a; each b more multiplies by b / (a + b).
            double weight = 1.0 / a / _background.Length;
            for (int b = 0; a + b <= most; weight *= ++b / (double)(a + b))
                weights[a, b] = weight;
        }

        return weights;
    }

    /// <summary>A row and a background row in one tree.</summary>
    /// <param name="side">Of an input on which they parted above: 1 where the row's way was taken, -1 the other's; else 0.</param>
    /// <param name="parted">Those inputs.</param>
    private readonly ref struct Pair(InterventionalTreeShap owner, ReadOnlySpan<double> row, ReadOnlySpan<double> other, sbyte[] side, int[] parted, Span<double> output)
    {
        private readonly ReadOnlySpan<double> _row = row;
        private readonly ReadOnlySpan<double> _other = other;
        private readonly Span<double> _output = output;

        /// <param name="mine">On how many inputs the row's way was taken.</param>
        /// <param name="theirs">On how many the other's.</param>
        public void Walk(int index, int mine, int theirs)
        {
            TreeNode node = owner._trees.Nodes[index];
            if (node.IsLeaf)
            {
                Give(node.Value, mine, theirs);
                return;
            }

            int left = owner._trees.GoesLeft(node, _row) ? 0 : 1, otherLeft = owner._trees.GoesLeft(node, _other) ? 0 : 1;
            if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
                throw ModelExplainer.Unsupported("a tree of the model is too deep to be explained against a background: use path-dependent contributions");
            if (left == otherLeft || side[node.Input] != 0)
                Walk(node.Left + (side[node.Input] < 0 ? otherLeft : left), mine, theirs);
            else
                Part(node, node.Left + left, node.Left + otherLeft, mine, theirs);
        }

        private void Part(TreeNode node, int mineNext, int theirsNext, int mine, int theirs)
        {
            parted[mine + theirs] = node.Input;
            side[node.Input] = 1;
            Walk(mineNext, mine + 1, theirs);
            // Those further down used the places behind, not this one.
            side[node.Input] = -1;
            Walk(theirsNext, mine, theirs + 1);
            side[node.Input] = 0;
        }

        private void Give(double value, int mine, int theirs)
        {
            for (int i = 0; i < mine + theirs; i++)
                _output[parted[i]] += side[parted[i]] > 0 ? value * owner._weights[mine, theirs] : -value * owner._weights[theirs, mine];
        }
    }
}
