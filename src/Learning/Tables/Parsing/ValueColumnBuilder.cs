namespace MlOps.Learning.Tables.Parsing;

/// <summary>Builds a column of fixed-size values.</summary>
internal sealed class ValueColumnBuilder<T, TParser>(MissingTexts missing) : ColumnBuilder
    where TParser : struct, IValueParser<T>
{
    private readonly Growable<T> _values = new();

    public override int Count => _values.Count;

    public override int Add(in FieldColumn column, int from, int expectedRows)
    {
        int before = _values.Count;
        Span<T> added = _values.Extend(column.Rows - from, expectedRows);
        int read = FieldValues<T, TParser>.Read(column, from, added, missing);
        if (read < added.Length)
            _values.Truncate(before + read);
        return from + read;
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
