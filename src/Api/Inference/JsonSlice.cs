using System.Text;
using System.Text.Json;
using MlOps.Api.Http;

namespace MlOps.Api.Inference;

/// <summary>
/// A JSON value where it lies in a body. Its parts are found by matching brackets and quotes, and nothing inside of what is passed over is
/// read: the rows of a request are read once, by who binds them. Whoever reads a value checks it, and what nobody asks for
/// <see cref="JsonMembers"/> checks; the bare tokens NaN, Infinity and -Infinity are numbers.
/// </summary>
/// <param name="bytes">The value, without blanks around.</param>
internal readonly struct JsonSlice(ReadOnlyMemory<byte> bytes)
{
    public ReadOnlyMemory<byte> Bytes => bytes;

    public ReadOnlySpan<byte> Span => bytes.Span;

    /// <summary><see cref="JsonValueKind.Undefined"/> for the default value, which is no value.</summary>
    public JsonValueKind Kind => bytes.IsEmpty ? JsonValueKind.Undefined : bytes.Span[0] switch
    {
        (byte)'{' => JsonValueKind.Object,
        (byte)'[' => JsonValueKind.Array,
        (byte)'"' => JsonValueKind.String,
        (byte)'t' => JsonValueKind.True,
        (byte)'f' => JsonValueKind.False,
        (byte)'n' => JsonValueKind.Null,
        _ => JsonValueKind.Number,
    };

    /// <summary>Neither absent nor null.</summary>
    public bool IsGiven => Kind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>The one value of a body.</summary>
    /// <exception cref="JsonException">There is none, or more than one.</exception>
    public static JsonSlice Of(ReadOnlyMemory<byte> body)
    {
        int start = JsonScan.NextToken(body.Span, 0);
        int end = JsonScan.ValueEnd(body.Span, start);
        return JsonScan.NextToken(body.Span, end) == body.Length ? new(body[start..end]) : throw JsonScan.Broken();
    }

    /// <summary>The items of an array, or the members of an object.</summary>
    public JsonParts Parts() => new(bytes);

    /// <summary>The member of that name, the last if it is there twice; the default value if there is none, or this is no object.</summary>
    public JsonSlice Member(string name)
    {
        JsonSlice found = default;
        if (Kind != JsonValueKind.Object)
            return found;
        JsonParts members = Parts();
        while (members.MoveNext())
        {
            if (members.NameIs(name))
                found = members.Current;
        }

        return found;
    }

    public int Count()
    {
        int count = 0;
        JsonParts parts = Parts();
        while (parts.MoveNext())
            count++;
        return count;
    }

    /// <summary>A text, its escapes resolved.</summary>
    /// <exception cref="JsonException">It is no text, or one that is no UTF-8 or has half a surrogate pair.</exception>
    public string Text()
    {
        try
        {
            return Element().GetString() ?? throw JsonScan.Broken();
        }
        catch (InvalidOperationException)
        {
            throw JsonScan.Broken();
        }
    }

    /// <summary>This value read alone and whole.</summary>
    /// <exception cref="JsonException">It is not well-formed.</exception>
    public JsonElement Element()
    {
        using JsonDocument document = Document();
        return document.RootElement.Clone();
    }

    /// <summary>Reads this value to its end.</summary>
    /// <exception cref="JsonException">It is not well-formed.</exception>
    public void Check() => JsonBody.Check(bytes);

    /// <summary>Members by name, found in one walk.</summary>
    /// <inheritdoc cref="JsonMembers.Of"/>
    public JsonMembers Members(params ReadOnlySpan<string> names) => JsonMembers.Of(this, names);

    /// <inheritdoc cref="Element"/>
    public JsonDocument Document() => JsonBody.ParseValue(bytes);

    /// <summary>A whole number from 0; NaN and the like are none.</summary>
    public bool TryWhole(out int value)
    {
        value = -1;
        return Kind == JsonValueKind.Number && Element() is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out value) && value >= 0;
    }

    /// <summary>As a message shows it.</summary>
    public string Shown() => Kind switch
    {
        JsonValueKind.Undefined => "absent",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => JsonFields.Shown(Element()),
    };

    public override string ToString() => Encoding.UTF8.GetString(bytes.Span);
}
