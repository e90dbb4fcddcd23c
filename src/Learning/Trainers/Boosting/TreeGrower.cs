using System.Collections.Concurrent;
using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>What all trees of one fit share.</summary>
/// <param name="Monotone">Null when no feature has a direction.</param>
internal sealed record GrowerData(BinnedTable Table, FeatureBins[] Features, HistogramLayout Layout, GbdtOptions Options, MonotoneDirections? Monotone = null);

/// <summary>The rows (ascending) and features one tree may see, and the packed derivatives of its output: those of row r are at Offset + r.</summary>
/// <param name="LevelWeight"><see cref="CategoryOrder.LeastWeight"/> of the output.</param>
/// <param name="Random">The tree's own.</param>
internal sealed record TreeTask(int[] Rows, int[] Features, long[] Gradients, int Offset, GradientUnits Units, HeavyRows Heavy, double LevelWeight, SeededRandom Random);

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
    private readonly LookAhead _lookAhead = new(data);
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
        if (_options.LooksAhead)
            root.Split = _lookAhead.Choose(root, root.Split, _finder, _task, _workers);
        return root;
    }

    private void GrowByLevel(List<Node> level)
    {
        for (int from = 0; from < level.Count; from += _most / 2)
        {
            List<Node> children = Expand(level.GetRange(from, Math.Min(_most / 2, level.Count - from)));
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
    private List<Node> Expand(List<Node> nodes)
    {
        Divide(nodes);
        var grown = new List<Node>(nodes.Count);
        foreach (Node node in nodes)
        {
            if (node.Depth + 1 < _options.DepthLimit)
                grown.Add(node);
            else
                Release(node);
        }

        GiveHistograms(grown);
        List<Node> children = Children(grown);
        Run(children.Count, (long)children.Count * data.Layout.Slots * SlotWork, i => FindSplit(children[i]));
        var open = new List<Node>(children.Count);
        foreach (Node child in children)
        {
            if (child.Split is null || _pool.Rented > _most)
                Release(child);
            if (child.Split is not null)
                open.Add(child);
        }

        return open;
    }

    private static List<Node> Children(List<Node> parents)
    {
        var children = new List<Node>(2 * parents.Count);
        foreach (Node parent in parents)
        {
            children.Add(parent.Left!);
            children.Add(parent.Right!);
        }

        return children;
    }

    private void GiveHistograms(List<Node> parents)
    {
        List<Node> keep = parents.FindAll(p => p.Histogram is not null);
        List<Node> summed = [.. keep.ConvertAll(Smaller), .. Children(parents.FindAll(p => p.Histogram is null))];
        Vector128<double>[][] built = Build(summed);
        for (int i = 0; i < summed.Count; i++)
            summed[i].Histogram = built[i];
        Run(keep.Count, (long)keep.Count * data.Layout.Slots, i =>
        {
            Node larger = summed[i] == keep[i].Left ? keep[i].Right! : keep[i].Left!;
            larger.Histogram = keep[i].Histogram;
            Histogram.Subtract(larger.Histogram!, built[i]);
            keep[i].Histogram = null;
        });
    }

    private static Node Smaller(Node parent) => parent.Left!.Count <= parent.Right!.Count ? parent.Left : parent.Right;

    private static List<WorkItem> Chunks(IReadOnlyList<Node> nodes)
    {
        var items = new List<WorkItem>(nodes.Count);
        for (int i = 0; i < nodes.Count; i++)
        {
            for (int chunk = 0; chunk < Histogram.Chunks(nodes[i].Count); chunk++)
                items.Add(new(i, chunk));
        }

        return items;
    }

    private static long RowsOf(IReadOnlyList<Node> nodes)
    {
        long rows = 0;
        for (int i = 0; i < nodes.Count; i++)
            rows += nodes[i].Count;
        return rows;
    }

    private Vector128<double>[][] Build(IReadOnlyList<Node> nodes)
    {
        List<WorkItem> items = Chunks(nodes);
        var parts = new Vector128<double>[items.Count][];
        Run(items.Count, RowsOf(nodes) * _task.Features.Length, i => parts[i] = SumChunk(nodes[items[i].Node], items[i].Chunk));
        var built = new Vector128<double>[nodes.Count][];
        for (int i = 0; i < items.Count; i++)
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

    private void FindSplit(Node node) => node.Split = _finder.Find(node, _task.Features, _task.LevelWeight);

    private void Divide(List<Node> nodes)
    {
        List<WorkItem> items = Chunks(nodes);
        var lefts = new int[items.Count];
        Run(items.Count, 4 * RowsOf(nodes), i =>
        {
            Node node = nodes[items[i].Node];
            lefts[i] = _order.DivideChunk(node, Histogram.ChunkRange(node.Count, items[i].Chunk));
        });
        for (int i = 0, first = 0; i < nodes.Count; first += Histogram.Chunks(nodes[i++].Count))
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

    private void Run(int items, long work, Action<int> body)
    {
        if (work >= SmallWork)
        {
            _workers.Run(items, body);
            return;
        }

        for (int i = 0; i < items; i++)
            body(i);
    }

    /// <summary>A chunk of the rows of a node.</summary>
    private readonly record struct WorkItem(int Node, int Chunk);
}
