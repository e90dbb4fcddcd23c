namespace MlOps.Learning.Tables.Parsing;

/// <summary>One column's fields in a parsed block.</summary>
internal readonly ref struct FieldColumn(CsvBlock block, int column)
{
    private readonly ReadOnlySpan<byte> _bytes = block.Bytes;
    private readonly ReadOnlySpan<int> _ends = block.Ends;
    private readonly int _stride = block.Columns + 1;

    public int Rows { get; } = block.Rows;

    /// <summary>The field's content: without its quotes, doubled quotes undone.</summary>
    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            int i = (row * _stride) + column;
            int start = _ends[i] + 1;
            ReadOnlySpan<byte> field = _bytes[start.._ends[i + 1]];
            return field.Length > 0 && field[0] == (byte)'"' ? Unquote(field) : field;
        }
    }

    /// <summary>Where the field, quotes included, begins in the block.</summary>
    public int Start(int row) => _ends[(row * _stride) + column] + 1;

    private static ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> inner = field[1..^1];
        int quote = inner.IndexOf((byte)'"');
        return quote < 0 ? inner : Undouble(inner, quote);
    }

    private static byte[] Undouble(ReadOnlySpan<byte> inner, int quote)
    {
        byte[] plain = new byte[inner.Length];
        int length = 0;
        while (quote >= 0)
        {
            inner[..(quote + 1)].CopyTo(plain.AsSpan(length));
            length += quote + 1;
            inner = inner[(quote + 2)..];
            quote = inner.IndexOf((byte)'"');
        }

        inner.CopyTo(plain.AsSpan(length));
        return plain[..(length + inner.Length)];
    }
}
