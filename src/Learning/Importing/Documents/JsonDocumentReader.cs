using System.Buffers.Text;
using System.Text;

namespace MlOps.Learning.Importing.Documents;

/// <summary>
/// JSON (RFC 8259) with the numbers NaN, Infinity and -Infinity, which model files contain and System.Text.Json refuses.
/// </summary>
internal ref struct JsonDocumentReader
{
    private readonly ReadOnlySpan<byte> _json;
    private readonly DocumentBudget _budget;
    private int _at;

    private JsonDocumentReader(ReadOnlySpan<byte> json, DocumentBudget budget)
    {
        _json = json;
        _budget = budget;
    }

    /// <param name="memory">Bytes that its values may take.</param>
    public static DocumentValue Read(ReadOnlySpan<byte> json, long memory = ImportOptions.DefaultMemory)
    {
        var reader = new JsonDocumentReader(json, new DocumentBudget(memory));
        DocumentValue value = reader.Value(0);
        reader.SkipBlanks();
        return reader._at == json.Length ? value : throw reader.Bad("the end");
    }

    private DocumentValue Value(int depth)
    {
        SkipBlanks();
        _budget.Take(depth);
        if (Number() is { } number)
            return new DocumentNumber(number);
        switch (Peek())
        {
            case '{':
                return Object(depth);
            case '[':
                return List(depth);
            case '"':
                return new DocumentText(Text());
            default:
                return Word("null"u8) ? DocumentNull.Value : throw Bad("a value");
        }
    }

    private DocumentObject Object(int depth)
    {
        var members = new Dictionary<string, DocumentValue>(StringComparer.Ordinal);
        _at++;
        SkipBlanks();
        for (bool more = !Take('}'); more; more = More('}'))
        {
            SkipBlanks();
            string name = Text();
            SkipBlanks();
            if (!Take(':'))
                throw Bad("':'");
            members[name] = Value(depth + 1);
        }

        return new DocumentObject(members);
    }

    private DocumentValue List(int depth)
    {
        var list = new NumberList(_budget, depth + 1);
        _at++;
        SkipBlanks();
        for (bool more = !Take(']'); more; more = More(']'))
        {
            SkipBlanks();
            if (Number() is { } number)
                list.Add(number);
            else
                list.Add(Value(depth + 1));
        }

        return list.ToValue();
    }

    /// <summary>After an item: whether another follows.</summary>
    private bool More(char end)
    {
        SkipBlanks();
        if (Take(','))
            return true;
        return Take(end) ? false : throw Bad($"',' or '{end}'");
    }

    /// <summary>A number or truth value, or null when something else stands here.</summary>
    private double? Number()
    {
        switch (Peek())
        {
            case 't' when Word("true"u8):
                return 1;
            case 'f' when Word("false"u8):
                return 0;
            case 'N' when Word("NaN"u8):
                return double.NaN;
            case 'I' when Word("Infinity"u8):
                return double.PositiveInfinity;
            case '-' when Word("-Infinity"u8):
                return double.NegativeInfinity;
            case '-' or (>= '0' and <= '9'):
                if (!Utf8Parser.TryParse(_json[_at..], out double value, out int length))
                    throw Bad("a number");
                _at += length;
                return value;
            default:
                return null;
        }
    }

    private string Text()
    {
        if (!Take('"'))
            throw Bad("a text");
        int length = _json[_at..].IndexOfAny((byte)'"', (byte)'\\');
        if (length >= 0 && _json[_at + length] == '"')
        {
            string plain = Encoding.UTF8.GetString(_json.Slice(_at, length));
            _at += length + 1;
            return plain;
        }

        return Escaped();
    }

    private string Escaped()
    {
        var text = new StringBuilder();
        while (true)
        {
            int length = _json[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (length < 0)
                throw Bad("the end of a text");
            text.Append(Encoding.UTF8.GetString(_json.Slice(_at, length)));
            _at += length + 1;
            if (_json[_at - 1] == '"')
                return text.ToString();
            text.Append(Escape());
        }
    }

    private char Escape()
    {
        char c = (char)Peek();
        _at++;
        switch (c)
        {
            case '"' or '\\' or '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when _at + 4 <= _json.Length && Utf8Parser.TryParse(_json.Slice(_at, 4), out ushort code, out int digits, 'x') && digits == 4:
                _at += 4;
                return (char)code;
            default:
                throw Bad("an escaped character");
        }
    }

    private readonly int Peek() => _at < _json.Length ? _json[_at] : 0;

    private bool Take(char c)
    {
        bool there = Peek() == c;
        _at += there ? 1 : 0;
        return there;
    }

    private bool Word(ReadOnlySpan<byte> word)
    {
        bool there = _json[_at..].StartsWith(word);
        _at += there ? word.Length : 0;
        return there;
    }

    private void SkipBlanks()
    {
        while (Peek() is ' ' or '\n' or '\r' or '\t')
            _at++;
    }

    private readonly MlOpsException Bad(string expected) => ImportErrors.Damaged(_at >= _json.Length
        ? $"it ends after {_json.Length:N0} bytes where {expected} should stand, so it was cut off"
        : $"byte {_at + 1:N0} is 0x{_json[_at]:X2} where {expected} should stand");
}
