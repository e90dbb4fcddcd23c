using System.Runtime.CompilerServices;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>One column's fields in some rows of a parsed block.</summary>
internal readonly ref struct FieldColumn(CsvBlock block, int column, int firstRow, int rows)
{
    private readonly ReadOnlySpan<byte> _bytes = block.Buffer;
    private readonly ReadOnlySpan<int> _ends = block.EndBuffer.AsSpan((firstRow * (block.Columns + 1)) + column);
    private readonly int _stride = block.Columns + 1;

    public FieldColumn(CsvBlock block, int column)
        : this(block, column, 0, block.Rows)
    {
    }

    public int Rows { get; } = rows;

    /// <summary>The field's content: without its quotes, doubled quotes undone.</summary>
    public ReadOnlySpan<byte> this[int row] => From(row, out int length)[..length];

    /// <summary>The field's content and whatever follows it in memory, which lets a parser load more than the field at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> From(int row, out int length)
    {
        int i = row * _stride;
        int start = _ends[i] + 1;
        length = _ends[i + 1] - start;
        ReadOnlySpan<byte> from = _bytes[start..];
        return length > 0 && from[0] == (byte)'"' ? Unquote(from, ref length) : from;
    }

    /// <summary>Where the field, quotes included, begins in the block.</summary>
    public int Start(int row) => _ends[row * _stride] + 1;

    private static ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> from, scoped ref int length)
    {
        length -= 2;
        int quote = from.Slice(1, length).IndexOf((byte)'"');
        return quote < 0 ? from[1..] : Undouble(from.Slice(1, length), quote, out length);
    }

    private static byte[] Undouble(scoped ReadOnlySpan<byte> inner, int quote, out int length)
    {
        byte[] plain = new byte[inner.Length];
        length = 0;
        while (quote >= 0)
        {
            inner[..(quote + 1)].CopyTo(plain.AsSpan(length));
            length += quote + 1;
            inner = inner[(quote + 2)..];
            quote = inner.IndexOf((byte)'"');
        }

        inner.CopyTo(plain.AsSpan(length));
        length += inner.Length;
        return plain;
    }
}
