namespace MlOps.Learning.Tables.Parsing;

/// <summary>Builds a column of fixed-size values.</summary>
internal sealed class ValueColumnBuilder<T, TParser>(MissingTexts missing) : ColumnBuilder
    where TParser : struct, IValueParser<T>
{
    private readonly Growable<T> _values = new();

    public override int Count => _values.Count;

    public override int Add(in FieldColumn column, int from, int expectedRows)
    {
        // A copy in locals, which the loop keeps in registers.
        FieldColumn fields = column;
        int before = _values.Count;
        bool plain = missing.IsPlain;
        Span<T> added = _values.Extend(fields.Rows - from, expectedRows);
        for (int i = 0; i < added.Length; i++)
        {
            ReadOnlySpan<byte> field = fields.From(from + i, out int length);
            if (plain ? length == 0 : missing.Contains(field[..length]))
            {
                added[i] = TParser.Missing;
            }
            else if (!TParser.TryParse(field, length, out added[i]))
            {
                if (!missing.Contains(field[..length].Trim((byte)' ')))
                {
                    _values.Truncate(before + i);
                    return from + i;
                }

                added[i] = TParser.Missing;
            }
        }

        return fields.Rows;
    }

    public override bool TryAdd(ReadOnlySpan<byte> value)
    {
        if (!TParser.TryParse(value, value.Length, out T parsed))
            return false;
        _values.Add(parsed);
        return true;
    }

    public override void AddMissing(int count) => _values.Extend(count, count).Fill(TParser.Missing);

    public override Column Build(string name) => TParser.Build(name, _values.Detach(), _values.Count);
}
