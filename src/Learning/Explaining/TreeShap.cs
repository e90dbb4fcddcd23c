using System.Buffers;
using System.Runtime.Intrinsics;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>
/// Exact path-dependent TreeSHAP (Lundberg, Erion, Lee 2018, arXiv:1802.03888, algorithm 2; Nature Machine Intelligence 2, 2020): the
/// Shapley values of the game in which an unknown input goes both ways of its splits, in the proportion of the cover. Missing values go where the
/// split sends them, as in scoring.
/// </summary>
/// <remarks>
/// Same values, another way. A leaf of value v, on whose path input j has the share z_j of the cover and o_j is 1 where the row goes along, else
/// 0, is worth v * prod(j in S: o_j; else z_j) to a coalition S. By Owen's multilinear extension (1972) its Shapley value for i is the integral over t from 0 to 1 of
/// v (o_i - z_i) prod(j != i: z_j + (o_j - z_j) t): a polynomial in t, which a few Gauss-Legendre nodes integrate exactly. The products
/// go down the tree and the sums over leaves come up it, so that a tree of n nodes with d inputs on a path costs n * d / 2 steps a row and not the
/// n * d * d of extending and unwinding paths (the idea of Yu et al. 2022, arXiv:2209.08192). All factors lie in (0, 1], so depth costs no precision.
/// Four rows go together, one in each lane: an edge has but two factors, along or not, which are known beforehand.
/// </remarks>
internal sealed class TreeShap
{
    private static readonly int Lanes = Vector256<double>.Count;

    private readonly TreeEnsemble _trees;
    private readonly ShapTree[] _shaps;
    private readonly int _inputs;
    private readonly int _room;

    /// <param name="inputs">Numbers a row has.</param>
    public TreeShap(TreeEnsemble trees, int inputs)
    {
        TreePaths paths = TreePaths.Of(trees);
        (_trees, _inputs) = (trees, inputs);
        _shaps = new ShapTree[paths.Trees.Length];
        Base = [.. trees.Start];
        Dictionary<int, ShapRule> rules = [];
        for (int tree = 0; tree < _shaps.Length; tree++)
        {
            PathTree path = paths.Trees[tree];
            if (!rules.TryGetValue(path.Inputs, out ShapRule? rule))
                rules.Add(path.Inputs, rule = new ShapRule(path.Inputs));
            _shaps[tree] = new ShapTree(trees, path, paths.Edges, rule);
            Base[tree % Base.Length] += path.Mean;
            _room = Math.Max(_room, _shaps[tree].Room);
        }
    }

    /// <summary>Mean margin per output, weighted by cover.</summary>
    public double[] Base { get; }

    /// <summary>Bytes it holds besides the ensemble.</summary>
    public long HeldBytes => MemorySize.Object(32) + MemorySize.Array(_shaps) + _shaps.Sum(s => s.HeldBytes) + MemorySize.Array(Base);

    /// <summary>Adds the contributions of rows one behind the other, each outputs x inputs.</summary>
    public void Explain(ReadOnlySpan<double> rows, Span<double> contributions)
    {
        int cells = Base.Length * _inputs;
        double[] rented = ArrayPool<double>.Shared.Rent(_room + ((_inputs + cells) * Lanes));
        Span<double> columns = rented.AsSpan(_room, _inputs * Lanes), sums = rented.AsSpan(_room + (_inputs * Lanes), cells * Lanes);
        for (int row = 0; row * _inputs < rows.Length; row += Lanes)
        {
            int count = Math.Min(Lanes, (rows.Length / _inputs) - row);
            Transpose(rows.Slice(row * _inputs, count * _inputs), columns);
            sums.Clear();
            for (int tree = 0; tree < _shaps.Length; tree++)
                _shaps[tree].Explain(_trees, columns, rented.AsSpan(0, _room), sums.Slice(tree % Base.Length * _inputs * Lanes, _inputs * Lanes));
            for (int i = 0; i < count * cells; i++)
                contributions[(row * cells) + i] += sums[(i % cells * Lanes) + (i / cells)];
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>An input's numbers of four rows side by side; where fewer are left, the last one several times.</summary>
    private void Transpose(ReadOnlySpan<double> rows, Span<double> columns)
    {
        int last = (rows.Length / _inputs) - 1;
        for (int i = 0; i < columns.Length; i++)
            columns[i] = rows[(Math.Min(i % Lanes, last) * _inputs) + (i / Lanes)];
    }
}
