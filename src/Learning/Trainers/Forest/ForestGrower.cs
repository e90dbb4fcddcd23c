using System.Runtime.InteropServices;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>Grows one tree at a time, depth first, to the end: until leaves are pure or too small. Not thread-safe.</summary>
internal sealed class ForestGrower
{
    private readonly ForestData _data;
    private readonly SplitSearch _search;
    private readonly ForestRow[] _rows;
    private readonly ForestRow[] _spare;
    private readonly int[] _features;
    private readonly Stack<Open> _open = new();
    private readonly List<BinNode> _nodes = [];
    private readonly List<float> _cover = [];
    private readonly List<float> _gain = [];
    private readonly List<double> _leaves = [];
    private readonly List<BinSet> _sets = [];

    public ForestGrower(ForestData data)
    {
        _data = data;
        _search = data.Classes > 0 ? new ClassSearch(data) : new NumberSearch(data);
        (_rows, _spare) = (new ForestRow[data.Table.RowCount], new ForestRow[data.Table.RowCount]);
        _features = [.. Enumerable.Range(0, data.Features.Length)];
    }

    /// <param name="drawn">How often each row was drawn. Where all that was drawn weighs nothing the tree takes every row once, and says so here.</param>
    /// <param name="random">Of this tree alone.</param>
    public ForestTree Grow(byte[] drawn, SeededRandom random, CancellationToken cancellationToken)
    {
        for (int i = 0; i < _features.Length; i++)
            _features[i] = i;
        int count = Load(drawn);
        if (count == 0)
        {
            Array.Fill(drawn, (byte)1);
            count = Load(drawn);
        }

        Push(0, count, 0, null);
        while (_open.TryPop(out Open node))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Grow(node, random);
        }

        var tree = new ForestTree([.. _nodes], [.. _cover], [.. _gain], [.. _leaves], [.. _sets]);
        _nodes.Clear();
        _cover.Clear();
        _gain.Clear();
        _leaves.Clear();
        _sets.Clear();
        return tree;
    }

    private int Load(byte[] drawn)
    {
        int count = 0;
        for (int row = 0; row < _rows.Length; row++)
        {
            double weight = drawn[row] * (_data.Weights?[row] ?? 1);
            if (weight > 0)
                _rows[count++] = new ForestRow(row, (float)weight, _data.Target[row]);
        }

        return count;
    }

    private void Push(int start, int count, int depth, byte[][]? places)
    {
        _open.Push(new Open(_nodes.Count, start, count, depth, places));
        _nodes.Add(default);
        _cover.Add(0);
        _gain.Add(0);
    }

    private void Grow(Open node, SeededRandom random)
    {
        Span<ForestRow> rows = _rows.AsSpan(node.Start, node.Count);
        _search.Begin(rows);
        _cover[node.Index] = (float)_search.Weight;
        bool divisible = node.Depth < _data.Options.DepthLimit && node.Count >= 2 * _data.Options.MinLeafRows && !_search.IsPure;
        byte[][] places = divisible ? PlacesOf(node, rows) : [];
        if (!divisible || Choose(rows, places, random) is not { } split)
        {
            AddLeaf(node.Index);
            return;
        }

        _gain[node.Index] = (float)Math.Max(0, split.Score - _search.NodeScore);
        int cut = CutDraw.Middle(_data.Features[split.Feature], split);
        BinSet leftBins = LeftBins(split, cut, places[split.Feature]);
        bool isSet = _data.Features[split.Feature] is CategoryBins;
        _nodes[node.Index] = new BinNode(_nodes.Count, split.Feature, isSet ? _sets.Count : cut, split.MissingLeft);
        if (isSet)
            _sets.Add(leftBins);
        int left = Partition(rows, split.Feature, leftBins);
        Push(node.Start, left, node.Depth + 1, places);
        Push(node.Start + left, node.Count - left, node.Depth + 1, places);
    }

    /// <summary>Only of nodes that may be divided: an order is a pass over their rows for each category.</summary>
    private byte[][] PlacesOf(Open node, ReadOnlySpan<ForestRow> rows) =>
        node.Places is null || node.Count >= LevelOrder.LeastRows(_data) ? LevelOrder.Of(_data, rows, node.Places) : node.Places;

    /// <summary>Draws features without replacement until enough were tried and one of them divides the node, as scikit-learn does.</summary>
    private ForestSplit? Choose(ReadOnlySpan<ForestRow> rows, byte[][] places, SeededRandom random)
    {
        ForestSplit? best = null;
        for (int tried = 0; tried < _features.Length && (tried < _data.Tried || best is null); tried++)
        {
            int other = tried + random.Next(_features.Length - tried);
            (_features[tried], _features[other]) = (_features[other], _features[tried]);
            _search.Try(_features[tried], places, rows, random, ref best);
        }

        return best;
    }

    private void AddLeaf(int index)
    {
        _nodes[index] = new BinNode(0, _leaves.Count / _data.Outputs, 0, false);
        CollectionsMarshal.SetCount(_leaves, _leaves.Count + _data.Outputs);
        _search.Leaf(CollectionsMarshal.AsSpan(_leaves)[^_data.Outputs..]);
    }

    private BinSet LeftBins(ForestSplit split, int cut, byte[] places)
    {
        FeatureBins bins = _data.Features[split.Feature];
        BinSet left = bins is NumberBins ? BinSet.UpTo(cut) : default;
        for (int bin = 0; bins is CategoryBins && bin < bins.Count; bin++)
        {
            if (places[bin] <= cut)
                left.Add(bin);
        }

        if (split.MissingLeft)
            left.Add(bins.Missing);
        return left;
    }

    private int Partition(Span<ForestRow> rows, int feature, BinSet leftBins)
    {
        BinnedTable table = _data.Table;
        int left = 0;
        int right = 0;
        foreach (ref readonly ForestRow row in rows)
        {
            if (leftBins.Contains(table.Bins[(row.Row * table.Stride) + feature]))
                rows[left++] = row;
            else
                _spare[right++] = row;
        }

        _spare.AsSpan(0, right).CopyTo(rows[left..]);
        return left;
    }

    /// <param name="Places">The order of bins in the node above; null for the root.</param>
    private readonly record struct Open(int Index, int Start, int Count, int Depth, byte[][]? Places);
}
