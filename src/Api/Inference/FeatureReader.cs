using System.Buffers;
using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Tables.Parsing;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Inference;

/// <summary>
/// Reads values of a request straight into numbers, allocating nothing. Every method is false where it meets what is out of the
/// ordinary: a wrong type, an unknown name beside an absent feature, a number that stands for a text. The general way, <see cref="RequestBinder"/>,
/// then says what it is; what is read here, it reads alike.
/// </summary>
internal ref struct FeatureReader
{
    /// <summary>Digits that a whole number keeps as the text of a category.</summary>
    private const int MaxLevelDigits = 15;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly FeatureRows _rows;
    private readonly FeatureIndex _index;
    private readonly int _feature;
    private readonly ValueKinds? _kinds;
    private Utf8JsonReader _json;

    private FeatureReader(ReadOnlySpan<byte> json, FeatureRows rows, int feature = -1, ValueKinds? kinds = null)
    {
        _feature = feature;
        _kinds = kinds;
        _bytes = json;
        _rows = rows;
        _index = FeatureIndex.Of(rows.Signature);
        _json = new Utf8JsonReader(json);
    }

    /// <summary>An array of objects.</summary>
    public static bool TryRecords(ReadOnlySpan<byte> json, FeatureRows rows) => Try(json, rows, static (ref FeatureReader reader) => reader.Records());

    /// <summary>An array of lists in the order of the signature, or of single values of one feature.</summary>
    public static bool TryLists(ReadOnlySpan<byte> json, FeatureRows rows)
    {
        if (FeatureIndex.Of(rows.Signature).AreNumbers && NumberLists.TryRows(json, rows))
            return true;
        rows.Clear();
        return Try(json, rows, static (ref FeatureReader reader) => reader.Lists());
    }

    /// <summary>One row, a list of numbers.</summary>
    public static bool TryNumbers(ReadOnlySpan<byte> json, FeatureRows rows)
    {
        if (!FeatureIndex.Of(rows.Signature).AreNumbers)
            return false;
        rows.Add();
        if (NumberLists.TryFlat(json, rows.Values))
            return true;
        rows.Clear();
        return false;
    }

    /// <summary>An object of lists.</summary>
    public static bool TryColumns(ReadOnlySpan<byte> json, FeatureRows rows) => Try(json, rows, static (ref FeatureReader reader) => reader.Columns());

    /// <summary>A flat or nested array of all values of so many rows, in the order of the signature.</summary>
    public static bool TryMatrix(ReadOnlySpan<byte> json, int count, ValueKinds kinds, FeatureRows rows)
    {
        // A value has a byte at least: a shape alone must not make us take memory.
        if ((long)count * rows.Width > json.Length)
            return false;
        rows.Add(count);
        if (count > 0 && kinds is { Numbers: true, Whole: false } && FeatureIndex.Of(rows.Signature).AreNumbers && NumberLists.TryFlat(json, rows.Values))
            return true;
        rows.Clear();
        rows.Add(count);
        return Try(json, rows, static (ref FeatureReader reader) => reader.Tensor(reader._rows.Width), -1, kinds);
    }

    /// <summary>A flat or nested array of one feature's values; <see cref="IsComplete"/> says whether nothing lacks after the last.</summary>
    /// <param name="isNested">Whether the values may lie in lists of one.</param>
    public static bool TryColumn(ReadOnlySpan<byte> json, int feature, int count, ValueKinds kinds, FeatureRows rows, bool isNested)
    {
        if (count > json.Length || (rows.Count != 0 && rows.Count != count))
            return false;
        if (rows.Count == 0)
            rows.Add(count);
        return isNested
            ? Try(json, rows, static (ref FeatureReader reader) => reader.Tensor(1), feature, kinds)
            : Try(json, rows, static (ref FeatureReader reader) => reader.Tensor(0), feature, kinds);
    }

    /// <summary>Whether all features have values, but for such as may be missing.</summary>
    public static bool IsComplete(FeatureRows rows)
    {
        var reader = new FeatureReader([], rows);
        if (rows.Count > 0 && reader.MayLack(0))
            return true;
        rows.Clear();
        return false;
    }

    private delegate bool Part(ref FeatureReader reader);

    private static bool Try(ReadOnlySpan<byte> json, FeatureRows rows, Part part, int feature = -1, ValueKinds? kinds = null)
    {
        if (json.IndexOf("NaN"u8) < 0)
            return Read(json, rows, part, feature, kinds);
        byte[] quoted = ArrayPool<byte>.Shared.Rent(BareTokens.Room(json));
        bool read = Read(quoted.AsSpan(0, BareTokens.Quote(json, quoted)), rows, part, feature, kinds);
        ArrayPool<byte>.Shared.Return(quoted);
        return read;
    }

    private static bool Read(ReadOnlySpan<byte> json, FeatureRows rows, Part part, int feature, ValueKinds? kinds)
    {
        var reader = new FeatureReader(json, rows, feature, kinds);
        bool read = false;
        try
        {
            read = reader._index.IsDirect && part(ref reader) && rows.Count > 0 && !reader._json.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not well-formed, or half of a surrogate pair.
        }

        if (!read)
            rows.Clear();
        return read;
    }

    private bool Records()
    {
        bool ok = _json.Read() && _json.TokenType == JsonTokenType.StartArray;
        while (ok && _json.Read() && _json.TokenType != JsonTokenType.EndArray)
            ok = _json.TokenType == JsonTokenType.StartObject && Record();
        return ok;
    }

    private bool Record()
    {
        int start = _rows.Count * _rows.Width;
        _rows.Add();
        bool unknown = false;
        int given = 0;
        for (int expected = 0; _json.Read() && _json.TokenType == JsonTokenType.PropertyName;)
        {
            int feature = _index.Find(ref _json, expected);
            _json.Read();
            if (feature < 0)
            {
                unknown = true;
                _json.Skip();
                continue;
            }

            if (FeatureRows.IsGiven(_rows.Values[start + feature]) || !Value(feature, start + feature))
                return false;
            given++;
            expected = feature + 1;
        }

        return given == _rows.Width || (!unknown && MayLack(start));
    }

    private readonly bool MayLack(int start)
    {
        for (int feature = 0; feature < _rows.Width; feature++)
        {
            if (!_index.Features[feature].Optional && !FeatureRows.IsGiven(_rows.Values[start + feature]))
                return false;
        }

        return true;
    }

    private bool Lists()
    {
        bool ok = _json.Read() && _json.TokenType == JsonTokenType.StartArray;
        while (ok && _json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            int start = _rows.Count * _rows.Width;
            _rows.Add();
            ok = _json.TokenType == JsonTokenType.StartArray ? List(start) : _rows.Width == 1 && Value(0, start);
        }

        return ok;
    }

    private bool List(int start)
    {
        int feature = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (feature == _rows.Width || !Value(feature, start + feature))
                return false;
            feature++;
        }

        return feature == _rows.Width;
    }

    private bool Columns()
    {
        int expected = 0;
        bool ok = _json.Read() && _json.TokenType == JsonTokenType.StartObject;
        while (ok && _json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            int feature = _index.Find(ref _json, expected);
            ok = feature >= 0 && _json.Read() && Column(feature);
            expected = feature + 1;
        }

        return ok && Complete();
    }

    /// <summary>Features that no column gives: fewer than the signature has, and all of them may be missing.</summary>
    private readonly bool Complete() => _rows.Count > 0 && MayLack(0);

    private bool Column(int feature)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            return false;
        bool first = _rows.Count == 0;
        int row = 0;
        for (; _json.Read() && _json.TokenType != JsonTokenType.EndArray; row++)
        {
            if (first)
                _rows.Add();
            int cell = (row * _rows.Width) + feature;
            if (row == _rows.Count || FeatureRows.IsGiven(_rows.Values[cell]) || !Single(feature, cell))
                return false;
        }

        return row == _rows.Count;
    }

    /// <param name="width">Values of a list, where they are nested; 0: they may not be.</param>
    private bool Tensor(int width)
    {
        int first = Math.Max(_feature, 0);
        int step = _feature < 0 ? 1 : _rows.Width;
        int cell = first;
        int end = -1;
        bool ok = _json.Read() && _json.TokenType == JsonTokenType.StartArray;
        while (ok && _json.Read())
        {
            if (_json.TokenType == JsonTokenType.StartArray)
            {
                // A list of all that its row has, behind another one: nothing between.
                ok = _json.CurrentDepth == 1 && width > 0 && cell == (end < 0 ? first : end);
                end = cell + (width * step);
                continue;
            }

            if (_json.TokenType == JsonTokenType.EndArray)
            {
                ok = end < 0 || cell == end;
                continue;
            }

            int feature = _feature < 0 ? cell % _rows.Width : _feature;
            ok = cell < _rows.Values.Length && !FeatureRows.IsGiven(_rows.Values[cell])
                && (_kinds!.IsNaN(ref _json) ? Missing(feature, cell) : _kinds.Accept(ref _json) && Value(feature, cell));
            cell += step;
        }

        return ok && cell == _rows.Values.Length + first;
    }

    /// <summary>A value, or a list of it alone: <c>[n, 1]</c> is as good as <c>[n]</c>.</summary>
    private bool Single(int feature, int cell)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            return Value(feature, cell);
        return _json.Read() && Value(feature, cell) && _json.Read() && _json.TokenType == JsonTokenType.EndArray;
    }

    private bool Value(int feature, int cell)
    {
        FeatureSignature signature = _index.Features[feature];
        if (_json.TokenType == JsonTokenType.Null || (signature.Type != ColumnType.Category && IsNaN()))
            return Missing(feature, cell);
        return signature.Type switch
        {
            ColumnType.Number => Number(out double number) && Put(cell, number),
            ColumnType.Boolean => Flag(cell),
            _ => Level(feature, cell),
        };
    }

    private readonly bool Missing(int feature, int cell) => _index.Features[feature].Optional && Put(cell, double.NaN);

    private readonly bool IsNaN() => _json.TokenType == JsonTokenType.String && _json.ValueTextEquals("NaN"u8);

    private readonly bool Put(int cell, double value)
    {
        _rows.Values[cell] = value;
        return true;
    }

    private bool Number(out double number)
    {
        number = 0;
        return _json.TokenType == JsonTokenType.Number
            && NumberText.TryParse(_bytes[(int)_json.TokenStartIndex..], _json.ValueSpan.Length, out number) && double.IsFinite(number);
    }

    private bool Flag(int cell) => _json.TokenType switch
    {
        JsonTokenType.True => Put(cell, 1),
        JsonTokenType.False => Put(cell, 0),
        _ => Number(out double number) && number is 0 or 1 && Put(cell, number),
    };

    private bool Level(int feature, int cell)
    {
        Span<char> buffer = stackalloc char[FeatureIndex.MaxText];
        switch (_json.TokenType)
        {
            case JsonTokenType.String when _json.ValueSpan.Length <= FeatureIndex.MaxText:
                return Level(feature, cell, buffer[.._json.CopyString(buffer)]);
            case JsonTokenType.Number when IsPlainInteger(_json.ValueSpan):
                System.Text.Ascii.ToUtf16(_json.ValueSpan, buffer, out int length);
                return Level(feature, cell, buffer[..length]);
            case JsonTokenType.True:
                return Level(feature, cell, "true");
            case JsonTokenType.False:
                return Level(feature, cell, "false");
            default:
                return false;
        }
    }

    /// <summary>The text "NaN" is missing unless it is a level.</summary>
    private readonly bool Level(int feature, int cell, ReadOnlySpan<char> text)
    {
        int level = _index.Level(feature, text);
        if (level >= 0)
            return Put(cell, level);
        if (text is "NaN")
            return Missing(feature, cell);
        _rows.SetUnknown(cell, text.ToString());
        return true;
    }

    /// <summary>Written as it would be formatted: of 15 digits at most, and no minus before a zero.</summary>
    private static bool IsPlainInteger(ReadOnlySpan<byte> number) =>
        number.Length <= MaxLevelDigits && number.IndexOfAny("eE."u8) < 0 && !number.SequenceEqual("-0"u8);
}
