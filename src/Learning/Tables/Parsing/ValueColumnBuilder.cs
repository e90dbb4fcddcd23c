namespace MlOps.Learning.Tables.Parsing;

/// <summary>Builds a column of fixed-size values.</summary>
internal sealed class ValueColumnBuilder<T, TParser>(MissingTexts missing) : ColumnBuilder
    where TParser : struct, IValueParser<T>
{
    private readonly Growable<T> _values = new();

    public override int Count => _values.Count;

    public override int Add(in FieldColumn fields, int from, int expectedRows)
    {
        int before = _values.Count;
        Span<T> added = _values.Extend(fields.Rows - from, expectedRows);
        for (int i = 0; i < added.Length; i++)
        {
            ReadOnlySpan<byte> field = fields[from + i];
            if (missing.Contains(field))
            {
                added[i] = TParser.Missing;
            }
            else if (!TParser.TryParse(field, out added[i]))
            {
                if (!missing.Contains(field.Trim((byte)' ')))
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
        if (!TParser.TryParse(value, out T parsed))
            return false;
        _values.Add(parsed);
        return true;
    }

    public override void AddMissing(int count) => _values.Extend(count, count).Fill(TParser.Missing);

    public override Column Build(string name) => TParser.Build(name, _values.ToArray());
}
