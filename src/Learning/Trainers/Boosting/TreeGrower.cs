using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>What all trees of one fit share.</summary>
internal sealed record GrowerData(BinnedTable Table, FeatureBins[] Features, HistogramLayout Layout, GbdtOptions Options);

/// <summary>The rows and features one tree may see, and the derivatives of its output: those of row r are at Offset + r.</summary>
internal sealed record TreeTask(int[] Rows, int[] Features, GradientPair[] Gradients, int Offset);

/// <summary>
/// Grows one tree at a time. The rows of a node are a range of <see cref="Rows"/>, kept in ascending order by stable partition; of two
/// children the histogram of the smaller is summed and that of the larger is the parent's minus it. Not thread-safe.
/// </summary>
internal sealed class TreeGrower(GrowerData data, long histogramBudget = TreeGrower.HistogramBudget)
{
    /// <summary>Below so many updates of a bin, handing work to other threads costs more than it saves.</summary>
    private const long SmallWork = 100_000;

    /// <summary>
    /// Bytes of histograms that nodes may keep until they are divided, and as much again for those being divided. A node beyond that
    /// gives its own up, and both its children are summed. Part of the result's definition, since a sum and a difference round otherwise.
    /// </summary>
    private const long HistogramBudget = 256L << 20;

    private readonly GbdtOptions _options = data.Options;
    private readonly SplitFinder _finder = new(data.Features, data.Layout, data.Options);
    private readonly HistogramPool _pool = new(data.Layout.Slots);
    private readonly int _most = (int)Math.Clamp(histogramBudget / (data.Layout.Slots * 16L), 2, int.MaxValue);
    private readonly int[] _spare = new int[data.Table.RowCount];
    private TreeTask _task = null!;
    private Workers _workers = null!;

    /// <summary>The sampled rows, ordered by leaf once a tree has grown.</summary>
    public int[] Rows { get; } = new int[data.Table.RowCount];

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
            Finish(leaf);
        return root;
    }

    private Node Root()
    {
        Vector128<double>[] histogram = Build([new Node(0, 0, _task.Rows.Length, default)])[0];
        int first = _task.Features[0];
        Vector128<double> sum = default;
        foreach (Vector128<double> bin in histogram.AsSpan(data.Layout.Offsets[first], data.Features[first].Count + 1))
            sum += bin;
        var root = new Node(0, 0, _task.Rows.Length, sum) { Histogram = histogram };
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
        Run(nodes, nodes.Sum(n => (long)n.Count), i => Partition(nodes[i]));
        Node[] grown = [.. nodes.Where(n => n.Left is not null && n.Depth + 1 < _options.DepthLimit)];
        foreach (Node node in nodes.Except(grown))
            Release(node);
        GiveHistograms(grown);
        Node[] children = [.. grown.SelectMany(n => new[] { n.Left!, n.Right! })];
        Run(children, (long)children.Length * data.Layout.Slots, i => FindSplit(children[i]));
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

    private Vector128<double>[][] Build(Node[] nodes)
    {
        (int Node, int Chunk)[] items = [.. nodes.SelectMany((n, i) => Enumerable.Range(0, Histogram.Chunks(n.Count)).Select(c => (i, c)))];
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
        ReadOnlySpan<int> rows = Rows.AsSpan(node.Start, node.Count)[Histogram.ChunkRange(node.Count, chunk)];
        Histogram.Accumulate(histogram, data.Layout, data.Table, rows, _task.Gradients.AsSpan(_task.Offset), _task.Features);
        return histogram;
    }

    private void FindSplit(Node node) => node.Split = _finder.Find(node.Histogram, node.Sum, _task.Features);

    /// <summary>A split whose one side is empty can only come from rounding; its node stays a leaf.</summary>
    private void Partition(Node node)
    {
        int left = PartitionRows(node);
        if (left == 0 || left == node.Count)
            return;
        Vector128<double> sum = node.Split!.LeftSum;
        node.Divide(
            new Node(node.Depth + 1, node.Start, left, sum),
            new Node(node.Depth + 1, node.Start + left, node.Count - left, node.Sum - sum));
    }

    private int PartitionRows(Node node)
    {
        Span<int> rows = Rows.AsSpan(node.Start, node.Count);
        Span<int> spare = _spare.AsSpan(node.Start, node.Count);
        BinSet leftBins = node.Split!.LeftBins;
        ref byte bins = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(data.Table.Bins), node.Split.Feature);
        int stride = data.Table.Stride;
        int left = 0;
        int right = 0;
        foreach (int row in rows)
        {
            bool goesLeft = leftBins.Contains(Unsafe.Add(ref bins, row * stride));
            rows[left] = row;
            spare[right] = row;
            left += goesLeft ? 1 : 0;
            right += goesLeft ? 0 : 1;
        }

        spare[..right].CopyTo(rows[left..]);
        return left;
    }

    private void Finish(Node leaf)
    {
        double weight = leaf.Sum[1] + _options.L2;
        leaf.Value = weight > 0 ? -_options.LearningRate * leaf.Sum[0] / weight : 0;
        Release(leaf);
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
