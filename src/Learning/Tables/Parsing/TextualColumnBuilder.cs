namespace MlOps.Learning.Tables.Parsing;

/// <summary>A column of texts whose type is inferred: a category as long as the levels are few, free text otherwise.</summary>
internal sealed class TextualColumnBuilder(MissingTexts missing, TableReadOptions options) : ColumnBuilder
{
    /// <summary>So many levels are a category whatever their share of the rows: small files say little about shares.</summary>
    private const int FewLevels = 50;

    private CategoryColumnBuilder? _levels = new(missing);
    private TextColumnBuilder? _text;

    private ColumnBuilder Current => (ColumnBuilder?)_levels ?? _text!;

    public override int Count => Current.Count;

    public override int Add(in FieldColumn fields, int from, int expectedRows)
    {
        int row = Current.Add(fields, from, expectedRows);
        GiveUpManyLevels(options.MaxCategoryLevels);
        return row;
    }

    public override bool TryAdd(ReadOnlySpan<byte> value)
    {
        Current.TryAdd(value);
        GiveUpManyLevels(options.MaxCategoryLevels);
        return true;
    }

    public override void AddMissing(int count) => Current.AddMissing(count);

    public override Column Build(string name)
    {
        GiveUpManyLevels(Math.Min(options.MaxCategoryLevels, Math.Max(FewLevels, (int)(options.MaxCategoryShare * Count))));
        return Current.Build(name);
    }

    private void GiveUpManyLevels(int limit)
    {
        if (_levels is null || _levels.LevelCount <= limit)
            return;
        _text = _levels.ToText(missing);
        _levels = null;
    }
}
