using System.Text.Json;
using System.Text.Unicode;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>Gathers the objects of a JSON Lines file into columns.</summary>
internal sealed class JsonRows
{
    private readonly TableReadOptions _options;
    private readonly TableProblems _problems;
    private readonly List<JsonColumn> _columns = [];
    private readonly Dictionary<string, JsonColumn> _byName = new(StringComparer.Ordinal);
    private readonly bool _closed;

    /// <param name="schema">Null: every key makes a column.</param>
    public JsonRows(TableReadOptions options, TableSchema? schema)
    {
        _options = options;
        _problems = new TableProblems(options.MaxProblems);
        _closed = schema is not null;
        foreach (ColumnSchema column in schema?.Columns ?? [])
            AddColumn(column.Name, column.Type);
    }

    public int Count { get; private set; }

    public IReadOnlyList<string> Names => [.. _columns.Select(c => c.Name)];

    public bool RefusesNewKeys { get; init; }

    public bool HasEnoughProblems => _problems.IsFull;

    public void ThrowIfAny() => _problems.ThrowIfAny();

    /// <summary>Prepares another pass when a column needs one.</summary>
    public bool ReadAgain()
    {
        if (!_columns.Exists(c => c.IsBroken))
            return false;
        foreach (JsonColumn column in _columns)
            column.ReadAgain();
        Count = 0;
        return true;
    }

    /// <summary>Lines without anything are no rows.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> text, long line) => Text(text, line).IsEmpty;

    public void Add(LineSource source)
    {
        ReadOnlySpan<byte> rest = source.Block;
        for (long line = source.StartLine; !rest.IsEmpty && !_problems.IsFull; line++)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> text = Text(end < 0 ? rest : rest[..end], line);
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (!text.IsEmpty)
                AddLine(text, line);
        }
    }

    public Table Build()
    {
        foreach (JsonColumn column in _columns)
            column.PadTo(Count);
        return new Table([.. _columns.Select(c => c.Build())], Count);
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> text, long line)
    {
        if (line == 1 && text.StartsWith("\uFEFF"u8))
            text = text[3..];
        return text.Trim(" \t\r\n"u8);
    }

    private void AddLine(ReadOnlySpan<byte> text, long line)
    {
        try
        {
            if (Utf8.IsValid(text))
                AddObject(text, line);
            else
                Add(line, 0, "jsonl-utf8", $"line {line} is not UTF-8; save the file as UTF-8 (it may be Latin-1 or Windows-1252)");
        }
        catch (JsonException e)
        {
            Add(line, 0, "jsonl-syntax", $"line {line}, byte {e.BytePositionInLine + 1}: not valid JSON: {e.Message.Split(" LineNumber:")[0]}");
        }

        catch (InvalidOperationException)
        {
            // The reader finds this out only when it undoes the escapes.
            Add(line, 0, "jsonl-utf8", $"line {line}: an escape \\uD800 to \\uDFFF stands alone; such characters are escaped in pairs");
        }

        Count++;
        foreach (JsonColumn column in _columns)
            column.PadTo(Count);
    }

    private void AddObject(ReadOnlySpan<byte> text, long line)
    {
        var reader = new Utf8JsonReader(text);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Add(line, 0, "jsonl-syntax", $"line {line}: found {Describe(reader.TokenType)}, expected an object such as {{\"age\": 42, \"plan\": \"basic\"}}");
            return;
        }

        for (int i = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; i++)
        {
            JsonColumn? column = Column(ref reader, i, line);
            reader.Read();
            if (column is null)
                reader.Skip();
            else
                AddValue(column, ref reader, line);
        }

        // Whatever follows the object is an error that the reader reports.
        reader.Read();
    }

    private JsonColumn? Column(ref Utf8JsonReader reader, int position, long line)
    {
        if (position < _columns.Count && reader.ValueTextEquals(_columns[position].Utf8Name))
            return _columns[position];
        string name = reader.GetString()!;
        if (_byName.TryGetValue(name, out JsonColumn? known))
            return known;
        if (!_closed)
            return AddColumn(name, _options.Types.TryGetValue(name, out ColumnType type) ? type : null);
        if (RefusesNewKeys)
            Add(line, 0, "jsonl-new-key", $"line {line}: key '{name}' is not in the first batch, which decides the columns: {string.Join(", ", Names)}; pass a schema");
        return null;
    }

    private JsonColumn AddColumn(string name, ColumnType? given)
    {
        var column = new JsonColumn(name, _columns.Count + 1, given, _options);
        column.PadTo(Count);
        _columns.Add(column);
        _byName.Add(name, column);
        return column;
    }

    private void AddValue(JsonColumn column, ref Utf8JsonReader reader, long line)
    {
        if (column.Rows > Count)
        {
            Add(line, column.Position, "jsonl-duplicate-key", $"line {line}: key '{column.Name}' occurs twice");
            reader.Skip();
        }
        else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            Add(line, column.Position, "jsonl-nested", $"line {line}, '{column.Name}': found {Describe(reader.TokenType)}; a value is a number, a string, true, false or null: flatten it");
            reader.Skip();
        }
        else if (!column.TryAdd(ref reader))
        {
            Add(line, column.Position, "jsonl-value", $"line {line}, '{column.Name}': {ValueText.NotA(column.Given!.Value, reader.ValueSpan)}");
        }
    }

    private void Add(long line, int column, string code, string message) => _problems.Add(new TableProblem(line, column, code, message));

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "a boolean",
    };
}
