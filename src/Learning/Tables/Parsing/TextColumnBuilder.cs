using System.Text;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>Builds a column of free text.</summary>
internal sealed class TextColumnBuilder(MissingTexts missing) : ColumnBuilder
{
    private readonly Growable<string?> _values = new();

    public override int Count => _values.Count;

    public override int Add(in FieldColumn fields, int from, int expectedRows)
    {
        Span<string?> added = _values.Extend(fields.Rows - from, expectedRows);
        for (int i = 0; i < added.Length; i++)
        {
            ReadOnlySpan<byte> field = fields[from + i];
            added[i] = missing.Contains(field) ? null : Encoding.UTF8.GetString(field);
        }

        return fields.Rows;
    }

    public void Add(string? value) => _values.Add(value);

    public override bool TryAdd(ReadOnlySpan<byte> value)
    {
        _values.Add(Encoding.UTF8.GetString(value));
        return true;
    }

    public override void AddMissing(int count) => _values.Extend(count, count).Clear();

    public override Column Build(string name) => new TextColumn(name, _values.Detach(), _values.Count);
}
