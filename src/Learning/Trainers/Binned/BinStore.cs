namespace MlOps.Learning.Trainers.Binned;

/// <summary>The bins of some columns, row by row, a byte each; rows are padded as <see cref="Boosting.BinnedTable"/> wants them.</summary>
/// <exception cref="MlOpsException">TooLarge <c>training-too-large</c>: more than one array holds.</exception>
internal sealed class BinStore(int columns, int rows)
{
    public int Columns => columns;

    public int Stride { get; } = StrideOf(columns);

    public byte[] Bytes { get; } = new byte[CellCount.Of(rows, StrideOf(columns), "features")];

    /// <summary>From a row's bin of a column on; that of the next row is a stride further.</summary>
    public Span<byte> From(int row, int column) => Bytes.AsSpan((row * Stride) + column);

    public static int StrideOf(int columns) => (columns + 3) & ~3;
}
