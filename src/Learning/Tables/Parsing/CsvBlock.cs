namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// Some bytes of the file and where their fields end. A row of n fields takes n + 1 entries of <see cref="Ends"/>: the byte before
/// its first field, then the byte after each field; a field that begins with a quote is a quoted one.
/// </summary>
internal sealed class CsvBlock
{
    /// <summary>The scanner reads whole vectors; so many bytes past the length may be touched.</summary>
    public const int Padding = 64;

    public byte[] Buffer = [];

    /// <summary>Bytes that are filled.</summary>
    public int Length;

    /// <summary>Where in the file the first byte of the buffer stands.</summary>
    public long Offset;

    /// <summary>The first byte that belongs to this block: after the BOM and the header.</summary>
    public int Start;

    /// <summary>The line at <see cref="Start"/>, 1 for the first of the file.</summary>
    public long StartLine = 1;

    /// <summary>Whether the file ends with this block.</summary>
    public bool IsLast;

    public int[] EndBuffer = [];

    public int Columns;

    public int Rows;

    /// <summary>The byte after the last whole row.</summary>
    public int Consumed;

    public ReadOnlySpan<byte> Bytes => Buffer.AsSpan(0, Length);

    public ReadOnlySpan<int> Ends => EndBuffer;

    public long LineAt(int offset) => StartLine + LineCounter.Count(Buffer.AsSpan(Start..offset));

    public void EnsureEnds()
    {
        // Each field has a separator of its own; a row adds one entry more and a byte at least.
        int most = (2 * Length) + 4;
        if (EndBuffer.Length < most)
            EndBuffer = GC.AllocateUninitializedArray<int>(most);
    }
}
