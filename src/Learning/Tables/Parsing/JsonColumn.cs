using System.Buffers;
using System.Text;
using System.Text.Json;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>One key of a JSON Lines file.</summary>
internal sealed class JsonColumn(string name, int position, ColumnType? given, TableReadOptions options)
{
    private readonly MissingTexts _missing = new(options.MissingValues);
    private ColumnBuilder? _builder;
    private JsonTokenType _kind;
    private bool _isActive = true;

    public string Name => name;

    /// <summary>Among the columns, from 1.</summary>
    public int Position => position;

    public ColumnType? Given => given;

    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(name);

    /// <summary>Rows seen, also while the column takes no part.</summary>
    public int Rows { get; private set; }

    public bool IsBroken { get; private set; }

    public void ReadAgain()
    {
        _isActive = IsBroken;
        IsBroken = false;
        Rows = 0;
        if (_isActive)
            _builder = new TextualColumnBuilder(_missing, options);
        _kind = JsonTokenType.None;
    }

    public void PadTo(int rows)
    {
        if (rows <= Rows)
            return;
        if (_isActive)
            _builder?.AddMissing(rows - Rows);
        Rows = rows;
    }

    /// <summary>Adds the value the reader stands on; false when it is not of the type that was given.</summary>
    public bool TryAdd(ref Utf8JsonReader reader)
    {
        if (!_isActive || IsBroken)
        {
            Rows++;
            return true;
        }

        if (reader.TokenType is JsonTokenType.String && (reader.ValueIsEscaped || reader.HasValueSequence))
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
            bool added = TryAdd(buffer.AsSpan(0, reader.CopyString(buffer)), reader.TokenType);
            ArrayPool<byte>.Shared.Return(buffer);
            return added;
        }

        return TryAdd(reader.ValueSpan, reader.TokenType);
    }

    public Column Build()
    {
        if (_builder is null)
        {
            _builder = ColumnBuilder.Of(given ?? ColumnType.Number, _missing);
            _builder.AddMissing(Rows);
        }

        return _builder.Build(name);
    }

    private bool TryAdd(ReadOnlySpan<byte> value, JsonTokenType kind)
    {
        kind = kind == JsonTokenType.False ? JsonTokenType.True : kind;
        if (kind == JsonTokenType.Null || _missing.Contains(value))
        {
            PadTo(Rows + 1);
            return true;
        }

        if (_builder is null)
            Begin(value, kind);
        bool added = (_kind == JsonTokenType.None || _kind == kind) && _builder!.TryAdd(value);
        if (!added && given is null)
            IsBroken = true;
        else if (!added)
            _builder!.AddMissing(1);
        Rows++;
        return added || given is null;
    }

    private void Begin(ReadOnlySpan<byte> value, JsonTokenType kind)
    {
        // A string that looks like a number was made a string by its writer: a code, not a quantity.
        if (given is { } type)
            _builder = ColumnBuilder.Of(type, _missing);
        else if (kind == JsonTokenType.String && !TimestampText.TryParse(value, out _))
            _builder = new TextualColumnBuilder(_missing, options);
        else
            _builder = ColumnBuilder.Suggested(value, _missing, options);
        _kind = given is null && _builder is not TextualColumnBuilder ? kind : JsonTokenType.None;
        _builder.AddMissing(Rows);
    }
}
