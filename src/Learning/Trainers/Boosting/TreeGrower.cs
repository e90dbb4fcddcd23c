using System.Collections.Concurrent;
using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>What all trees of one fit share.</summary>
/// <param name="Monotone">Null when no feature has a direction.</param>
internal sealed record GrowerData(BinnedTable Table, FeatureBins[] Features, HistogramLayout Layout, GbdtOptions Options, MonotoneDirections? Monotone = null);

/// <summary>The rows (ascending) and features one tree may see, and the packed derivatives of its output: those of row r are at Offset + r.</summary>
internal sealed record TreeTask(int[] Rows, int[] Features, long[] Gradients, int Offset, GradientUnits Units, HeavyRows Heavy);

/// <summary>
/// Grows one tree at a time. The rows of a node are a range of <see cref="Rows"/>, kept in ascending order by stable partition; of two
/// children the histogram of the smaller is summed and that of the larger is the parent's minus it. Not thread-safe.
/// </summary>
internal sealed class TreeGrower(GrowerData data, long histogramBudget = TreeGrower.HistogramBudget)
{
    /// <summary>Below so many updates of a bin, handing work to other threads costs more than it saves.</summary>
    private const long SmallWork = 100_000;

    /// <summary>What looking for a split costs, in updates of a bin.</summary>
    private const long SlotWork = 3;

    /// <summary>
    /// Bytes of histograms that nodes may keep until they are divided, and as much again for those being divided. A node beyond that
    /// gives its own up, and both its children are summed.
    /// </summary>
    private const long HistogramBudget = 256L << 20;

    private readonly GbdtOptions _options = data.Options;
    private readonly LeafPenalty _penalty = new(data.Options.L1, data.Options.L2);
    private readonly SplitFinder _finder = new(data.Features, data.Layout, data.Options, data.Monotone);
    private readonly HistogramPool _pool = new(data.Layout.Slots);
    private readonly ConcurrentBag<long[]> _blocks = [];
    private readonly int _most = (int)Math.Clamp(histogramBudget / (data.Layout.Slots * 16L), 2, int.MaxValue);
    private readonly RowOrder _order = new(data.Table);
    private TreeTask _task = null!;
    private Workers _workers = null!;

    /// <summary>The sampled rows, ordered by leaf once a tree has grown.</summary>
    public int[] Rows => _order.Rows;

    /// <summary>What its leaves are worth is left open: rounded sums find splits, values need better ones.</summary>
    public Node Grow(TreeTask task, Workers workers)
    {
        (_task, _workers) = (task, workers);
        task.Rows.CopyTo(Rows, 0);
        Node root = Root();
        if (root.Split is not null)
        {
            if (_options.Leaves > 0)
                GrowByGain(root);
            else
                GrowByLevel([root]);
        }

        foreach (Node leaf in root.Leaves())
            Release(leaf);
        return root;
    }

    private Node Root()
    {
        Vector128<double>[] histogram = Build([new Node(0, 0, _task.Rows.Length, default, LeafBounds.None)])[0];
        int first = _task.Features[0];
        Vector128<double> sum = default;
        foreach (Vector128<double> bin in histogram.AsSpan(data.Layout.Offsets[first], data.Features[first].Count + 1))
            sum += bin;
        var root = new Node(0, 0, _task.Rows.Length, sum, LeafBounds.None) { Histogram = histogram };
        FindSplit(root);
        return root;
    }

    private void GrowByLevel(IReadOnlyList<Node> level)
    {
        foreach (Node[] nodes in level.Chunk(_most / 2))
        {
            List<Node> children = Expand(nodes);
            if (children.Count > 0)
                GrowByLevel(children);
        }
    }

    private void GrowByGain(Node root)
    {
        var open = new PriorityQueue<Node, (double, int)>();
        int number = 0;
        open.Enqueue(root, (-root.Split!.Gain, number++));
        for (int leaves = 1; leaves < _options.Leaves && open.TryDequeue(out Node? node, out _);)
        {
            foreach (Node child in Expand([node]))
                open.Enqueue(child, (-child.Split!.Gain, number++));
            leaves += node.Left is null ? 0 : 1;
        }
    }

    /// <summary>Divides nodes by their splits and returns those children that can be divided further.</summary>
    private List<Node> Expand(Node[] nodes)
    {
        Divide(nodes);
        Node[] grown = [.. nodes.Where(n => n.Left is not null && n.Depth + 1 < _options.DepthLimit)];
        foreach (Node node in nodes.Except(grown))
            Release(node);
        GiveHistograms(grown);
        Node[] children = [.. grown.SelectMany(n => new[] { n.Left!, n.Right! })];
        Run(children, children.Length * data.Layout.Slots * SlotWork, i => FindSplit(children[i]));
        foreach (Node child in children)
        {
            if (child.Split is null || _pool.Rented > _most)
                Release(child);
        }

        return [.. children.Where(c => c.Split is not null)];
    }

    private void GiveHistograms(Node[] parents)
    {
        Node[] keep = [.. parents.Where(p => p.Histogram is not null)];
        Node[] summed = [.. keep.Select(Smaller), .. parents.Except(keep).SelectMany(p => new[] { p.Left!, p.Right! })];
        Vector128<double>[][] built = Build(summed);
        for (int i = 0; i < summed.Length; i++)
            summed[i].Histogram = built[i];
        Run(keep, (long)keep.Length * data.Layout.Slots, i =>
        {
            Node larger = summed[i] == keep[i].Left ? keep[i].Right! : keep[i].Left!;
            larger.Histogram = keep[i].Histogram;
            Histogram.Subtract(larger.Histogram!, built[i]);
            keep[i].Histogram = null;
        });
    }

    private static Node Smaller(Node parent) => parent.Left!.Count <= parent.Right!.Count ? parent.Left : parent.Right;

    private static (int Node, int Chunk)[] Chunks(Node[] nodes) =>
        [.. nodes.SelectMany((n, i) => Enumerable.Range(0, Histogram.Chunks(n.Count)).Select(c => (i, c)))];

    private Vector128<double>[][] Build(Node[] nodes)
    {
        (int Node, int Chunk)[] items = Chunks(nodes);
        var parts = new Vector128<double>[items.Length][];
        long updates = nodes.Sum(n => (long)n.Count) * _task.Features.Length;
        Run(items, updates, i => parts[i] = SumChunk(nodes[items[i].Node], items[i].Chunk));
        var built = new Vector128<double>[nodes.Length][];
        for (int i = 0; i < items.Length; i++)
        {
            ref Vector128<double>[] whole = ref built[items[i].Node];
            if (items[i].Chunk == 0)
            {
                whole = parts[i];
                continue;
            }

            Histogram.Add(whole, parts[i]);
            _pool.Return(parts[i]);
        }

        return built;
    }

    private Vector128<double>[] SumChunk(Node node, int chunk)
    {
        Vector128<double>[] histogram = _pool.Rent();
        if (!_blocks.TryTake(out long[]? block))
            block = new long[data.Layout.Run * data.Table.Stride];
        ReadOnlySpan<int> rows = Rows.AsSpan(node.Start, node.Count)[Histogram.ChunkRange(node.Count, chunk)];
        ReadOnlySpan<long> gradients = _task.Gradients.AsSpan(_task.Offset);
        for (int at = 0; at == 0 || at < rows.Length; at += GradientPacking.MostRows)
        {
            ReadOnlySpan<int> some = rows.Slice(at, Math.Min(GradientPacking.MostRows, rows.Length - at));
            if (_task.Features.Length == data.Features.Length)
                HistogramKernel.Add(block, data.Layout.Run, data.Table, some, gradients);
            else
                HistogramKernel.Add(block, data.Layout.Run, data.Table, some, gradients, _task.Features);
            Histogram.Take(block, histogram, data.Layout, data.Features, _task.Features, _task.Units, replace: at == 0);
        }

        _blocks.Add(block);
        _task.Heavy.AddTo(histogram, data, _task, rows);
        return histogram;
    }

    private void FindSplit(Node node) => node.Split = _finder.Find(node.Histogram, node.Sum, node.Bounds, _task.Features);

    private void Divide(Node[] nodes)
    {
        (int Node, int Chunk)[] items = Chunks(nodes);
        var lefts = new int[items.Length];
        Run(items, 4 * nodes.Sum(n => (long)n.Count), i =>
        {
            Node node = nodes[items[i].Node];
            lefts[i] = _order.DivideChunk(node, Histogram.ChunkRange(node.Count, items[i].Chunk));
        });
        for (int i = 0, first = 0; i < nodes.Length; first += Histogram.Chunks(nodes[i++].Count))
            Divide(nodes[i], _order.Join(nodes[i], lefts.AsSpan(first, Histogram.Chunks(nodes[i].Count))));
    }

    /// <summary>A side without rows cannot be: a split leaves weight on both.</summary>
    private void Divide(Node node, int left)
    {
        Vector128<double> sum = node.Split!.LeftSum, rest = node.Sum - sum;
        (LeafBounds leftBounds, LeafBounds rightBounds) = data.Monotone is null
            ? (LeafBounds.None, LeafBounds.None)
            : data.Monotone.Divide(node.Bounds, node.Split.Feature, _penalty.Weight(sum), _penalty.Weight(rest));
        node.Divide(
            new Node(node.Depth + 1, node.Start, left, sum, leftBounds),
            new Node(node.Depth + 1, node.Start + left, node.Count - left, rest, rightBounds));
    }

    private void Release(Node node)
    {
        if (node.Histogram is { } histogram)
            _pool.Return(histogram);
        node.Histogram = null;
    }

    private void Run<T>(T[] items, long work, Action<int> body)
    {
        if (work >= SmallWork)
        {
            _workers.Run(items.Length, body);
            return;
        }

        for (int i = 0; i < items.Length; i++)
            body(i);
    }
}
