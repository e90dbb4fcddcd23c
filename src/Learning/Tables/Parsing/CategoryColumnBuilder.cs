namespace MlOps.Learning.Tables.Parsing;

/// <summary>Builds a dictionary-coded column, whatever the number of levels.</summary>
internal sealed class CategoryColumnBuilder(MissingTexts missing) : ColumnBuilder
{
    private readonly ByteDictionary _levels = new();
    private readonly Growable<int> _codes = new();

    public override int Count => _codes.Count;

    public int LevelCount => _levels.Count;

    public override int Add(in FieldColumn fields, int from, int expectedRows)
    {
        bool plain = missing.IsPlain;
        Span<int> added = _codes.Extend(fields.Rows - from, expectedRows);
        for (int i = 0; i < added.Length; i++)
        {
            ReadOnlySpan<byte> field = fields[from + i];
            added[i] = (plain ? field.Length == 0 : missing.Contains(field)) ? -1 : _levels.Code(field);
        }

        return fields.Rows;
    }

    public override bool TryAdd(ReadOnlySpan<byte> value)
    {
        _codes.Add(_levels.Code(value));
        return true;
    }

    public override void AddMissing(int count) => _codes.Extend(count, count).Fill(-1);

    public override Column Build(string name) => new CategoryColumn(name, _codes.Detach(), _codes.Count, _levels.Levels);

    /// <summary>The texts themselves, each level one shared string.</summary>
    public TextColumnBuilder ToText(MissingTexts missing)
    {
        IReadOnlyList<string> levels = _levels.Levels;
        var text = new TextColumnBuilder(missing);
        foreach (int code in _codes.Items)
            text.Add(code < 0 ? null : levels[code]);
        return text;
    }
}
