using System.Buffers;
using System.Text.Json;

namespace MlOps.Api.Inference;

/// <summary>Finds where JSON values end, many bytes at a time.</summary>
internal static class JsonScan
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{}"u8);
    private static readonly SearchValues<byte> ScalarEnd = SearchValues.Create(",]}:\"[{ \t\r\n"u8);

    public static JsonException Broken() => new("the JSON is not well-formed");

    /// <summary>The first byte from <paramref name="at"/> on that is no blank, or the length.</summary>
    public static int NextToken(ReadOnlySpan<byte> json, int at)
    {
        while (at < json.Length && json[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            at++;
        return at;
    }

    /// <summary>Behind the value that begins at <paramref name="at"/>.</summary>
    /// <exception cref="JsonException">There is no whole value.</exception>
    public static int ValueEnd(ReadOnlySpan<byte> json, int at)
    {
        if (at >= json.Length)
            throw Broken();
        return json[at] switch
        {
            (byte)'"' => TextEnd(json, at),
            (byte)'{' or (byte)'[' => NestedEnd(json, at),
            _ => ScalarEndOf(json, at),
        };
    }

    /// <summary>Behind the closing quote of the text that begins at <paramref name="at"/>.</summary>
    public static int TextEnd(ReadOnlySpan<byte> json, int at) => FindTextEnd(json, at) is var end && end <= json.Length ? end : throw Broken();

    /// <summary>As <see cref="TextEnd"/>; more than the length where the text does not end.</summary>
    public static int FindTextEnd(ReadOnlySpan<byte> json, int at)
    {
        for (at++; ; at += 2)
        {
            int found = json[Math.Min(at, json.Length)..].IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0)
                return json.Length + 1;
            at += found;
            if (json[at] == (byte)'"')
                return at + 1;
        }
    }

    private static int NestedEnd(ReadOnlySpan<byte> json, int at)
    {
        int depth = 0;
        while (true)
        {
            int found = json[at..].IndexOfAny(Structure);
            if (found < 0)
                throw Broken();
            at += found;
            if (json[at] == (byte)'"')
            {
                at = TextEnd(json, at);
                continue;
            }

            depth += json[at++] is (byte)'{' or (byte)'[' ? 1 : -1;
            if (depth == 0)
                return at;
        }
    }

    private static int ScalarEndOf(ReadOnlySpan<byte> json, int at)
    {
        int length = json[at..].IndexOfAny(ScalarEnd);
        if (length == 0)
            throw Broken();
        return length < 0 ? json.Length : at + length;
    }
}
