using System.Text;
using System.Text.Json;

namespace MlOps.Api.Inference;

/// <summary>Walks over the items of an array or the members of an object.</summary>
/// <param name="bytes">The array or object, brackets included.</param>
internal struct JsonParts(ReadOnlyMemory<byte> bytes)
{
    private int _at = 1;
    private int _nameStart;
    private int _nameEnd;

    public JsonSlice Current { get; private set; }

    /// <summary>The present member's name.</summary>
    public readonly string Name() => new JsonSlice(bytes[_nameStart.._nameEnd]).Text();

    public readonly bool NameIs(string name)
    {
        ReadOnlySpan<byte> raw = bytes.Span[(_nameStart + 1)..(_nameEnd - 1)];
        if (raw.IndexOf((byte)'\\') >= 0)
            return Name() == name;
        Span<byte> wanted = stackalloc byte[128];
        return Encoding.UTF8.TryGetBytes(name, wanted, out int length) ? raw.SequenceEqual(wanted[..length]) : Name() == name;
    }

    /// <exception cref="JsonException">What comes next is no part.</exception>
    public bool MoveNext()
    {
        ReadOnlySpan<byte> json = bytes.Span;
        byte close = json[0] == (byte)'{' ? (byte)'}' : (byte)']';
        bool first = _at == 1;
        _at = JsonScan.NextToken(json, _at);
        if (Byte(json) == close && (first || Current.Kind != JsonValueKind.Undefined))
            return End(json);
        if (!first)
            Expect(json, (byte)',');
        if (close == (byte)'}')
            ReadName(json);
        int end = JsonScan.ValueEnd(json, _at);
        Current = new JsonSlice(bytes[_at..end]);
        _at = end;
        return true;
    }

    private readonly bool End(ReadOnlySpan<byte> json) => _at == json.Length - 1 ? false : throw JsonScan.Broken();

    private void ReadName(ReadOnlySpan<byte> json)
    {
        if (Byte(json) != (byte)'"')
            throw JsonScan.Broken();
        _nameStart = _at;
        _nameEnd = _at = JsonScan.TextEnd(json, _at);
        _at = JsonScan.NextToken(json, _at);
        Expect(json, (byte)':');
    }

    private void Expect(ReadOnlySpan<byte> json, byte wanted)
    {
        if (Byte(json) != wanted)
            throw JsonScan.Broken();
        _at = JsonScan.NextToken(json, _at + 1);
    }

    private readonly byte Byte(ReadOnlySpan<byte> json) => _at < json.Length ? json[_at] : (byte)0;
}
