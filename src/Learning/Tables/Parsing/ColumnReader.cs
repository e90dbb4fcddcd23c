namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// Reads one column: of a given type, or of the narrowest type that all its values have. The first value suggests the type;
/// when a later one is not of it the column is text, and is read again if blocks that are gone belong to it.
/// </summary>
internal sealed class ColumnReader
{
    private const int SliceBytes = 16 << 10;

    private readonly string _name;
    private readonly int _index;
    private readonly ColumnType? _given;
    private readonly TableReadOptions _options;
    private readonly MissingTexts _missing;
    private ColumnBuilder? _builder;
    private int _missingBefore;
    private bool _blankBefore;

    // As they were where the current block begins: up to there a column can be read again without another pass.
    private bool _isFresh;
    private int _missingBeforeBlock;
    private bool _blankBeforeBlock;

    private bool _isActive = true;

    public ColumnReader(string name, int index, ColumnType? given, TableReadOptions options)
    {
        (_name, _index, _given, _options) = (name, index, given, options);
        _missing = new MissingTexts(options.MissingValues);
        Problems = new TableProblems(options.MaxProblems);
        _builder = given is { } type ? ColumnBuilder.Of(type, _missing) : null;
    }

    public TableProblems Problems { get; }

    /// <summary>A value is not of the type that earlier blocks were read as: call <see cref="ReadAgain"/> and pass the file once more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Prepares for another pass, in which just the broken columns take part.</summary>
    public void ReadAgain()
    {
        _isActive = IsBroken;
        IsBroken = false;
        if (_isActive)
            _builder = new TextualColumnBuilder(_missing, _options);
    }

    /// <summary>Reads the next rows, in order.</summary>
    /// <param name="expectedRows">A guess at the rows of the whole file.</param>
    public void Read(CsvBlock block, int firstRow, int rows, int expectedRows)
    {
        if (!_isActive || IsBroken)
            return;
        if (firstRow == 0)
            (_isFresh, _missingBeforeBlock, _blankBeforeBlock) = (_builder is null, _missingBefore, _blankBefore);
        var fields = new FieldColumn(block, _index, firstRow, rows);
        if (_builder is null && !TryBegin(fields))
            return;
        bool hidBlanks = _blankBefore && _isFresh && _builder is TextualColumnBuilder;
        int row = hidBlanks ? 0 : _builder!.Add(fields, 0, expectedRows);
        if (row < rows && _given is { } type)
            AddInvalid(block, fields, row, type);
        else if (row < rows)
            Widen(new FieldColumn(block, _index, 0, firstRow + rows), expectedRows);
    }

    /// <summary>Reads a whole block, some rows of all columns at a time: what one column has fetched into the cache serves the next.</summary>
    public static void ReadAll(IReadOnlyList<ColumnReader> readers, CsvBlock block, int expectedRows)
    {
        int slice = Math.Max(16, (int)((long)block.Rows * SliceBytes / Math.Max(1, block.Length)));
        for (int row = 0; row < block.Rows; row += slice)
        {
            foreach (ColumnReader reader in readers)
                reader.Read(block, row, Math.Min(slice, block.Rows - row), expectedRows);
        }
    }

    /// <summary>The column. One without any value is of numbers, all missing.</summary>
    public Column Build()
    {
        if (_builder is null)
        {
            _builder = ColumnBuilder.Of(_given ?? ColumnType.Number, _missing);
            _builder.AddMissing(_missingBefore);
        }

        return _builder.Build(_name);
    }

    /// <summary>Looks for the first value and lets it suggest the type; false when the block has none.</summary>
    private bool TryBegin(in FieldColumn fields)
    {
        for (int row = 0; row < fields.Rows; row++)
        {
            ReadOnlySpan<byte> field = fields[row];
            if (_missing.Contains(field))
                continue;
            if (!_missing.Contains(field.Trim((byte)' ')))
            {
                _builder = ColumnBuilder.Suggested(field, _missing, _options);
                _builder.AddMissing(_missingBefore);
                return true;
            }

            // Blanks are missing to a number but a value to a text, and which of them this column is nobody knows yet.
            _blankBefore = true;
        }

        _missingBefore += fields.Rows;
        return false;
    }

    /// <param name="block">All of the block up to here.</param>
    private void Widen(in FieldColumn block, int expectedRows)
    {
        _blankBefore = false;
        IsBroken = !_isFresh || _blankBeforeBlock;
        if (IsBroken)
            return;
        _builder = new TextualColumnBuilder(_missing, _options);
        _builder.AddMissing(_missingBeforeBlock);
        _builder.Add(block, 0, expectedRows);
    }

    private void AddInvalid(CsvBlock block, in FieldColumn fields, int row, ColumnType type)
    {
        while (row < fields.Rows)
        {
            if (!Problems.IsFull)
            {
                long line = block.LineAt(fields.Start(row));
                Problems.Add(new TableProblem(line, _index + 1, "csv-value", $"line {line}, column {_index + 1} '{_name}': {ValueText.NotA(type, fields[row])}"));
            }

            _builder!.AddMissing(1);
            row = _builder.Add(fields, row + 1, fields.Rows);
        }
    }
}
