namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The rows of a tree, those of a node side by side and in ascending order.</summary>
internal sealed class RowOrder(BinnedTable table)
{
    private readonly int[] _spare = new int[table.RowCount];

    public int[] Rows { get; } = new int[table.RowCount];

    /// <summary>The first part of dividing a node by its split, for one of its chunks: those that go left come first within the chunk.</summary>
    /// <returns>How many go left.</returns>
    public int DivideChunk(Node node, Range chunk) =>
        PartitionKernel.Divide(Rows.AsSpan(node.Start, node.Count)[chunk], _spare.AsSpan(node.Start, node.Count)[chunk], table, node.Split!.Feature, node.Split.LeftBins);

    /// <summary>The second part: joins the chunks.</summary>
    /// <param name="lefts">Of each chunk, how many go left.</param>
    /// <returns>How many go left in all.</returns>
    public int Join(Node node, ReadOnlySpan<int> lefts)
    {
        Span<int> rows = Rows.AsSpan(node.Start, node.Count), spare = _spare.AsSpan(node.Start, node.Count);
        int at = 0;
        for (int chunk = 0; chunk < lefts.Length; chunk++)
        {
            rows[Histogram.ChunkRange(node.Count, chunk)][..lefts[chunk]].CopyTo(rows[at..]);
            at += lefts[chunk];
        }

        int left = at;
        for (int chunk = 0; chunk < lefts.Length; chunk++)
        {
            Span<int> part = spare[Histogram.ChunkRange(node.Count, chunk)];
            part[..(part.Length - lefts[chunk])].CopyTo(rows[at..]);
            at += part.Length - lefts[chunk];
        }

        return left;
    }
}
