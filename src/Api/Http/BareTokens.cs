using System.Buffers;
using MlOps.Api.Inference;

namespace MlOps.Api.Http;

/// <summary>
/// The tokens <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which are no JSON and which Python's json writes all the same: they are
/// read as the texts of that name.
/// </summary>
internal static class BareTokens
{
    /// <summary>Bytes that a quoted token is longer.</summary>
    private const int Quotes = 2;

    private static readonly SearchValues<byte> Starts = SearchValues.Create("\"NI"u8);

    /// <summary>False when there are none; true also when such words are only within texts.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> json) => json.IndexOf("NaN"u8) >= 0 || json.IndexOf("Infinity"u8) >= 0;

    /// <summary>The document with the tokens quoted; itself when it has none.</summary>
    public static ReadOnlyMemory<byte> Quote(ReadOnlyMemory<byte> json)
    {
        if (!MayBeIn(json.Span))
            return json;
        byte[] quoted = new byte[Room(json.Span)];
        int length = Quote(json.Span, quoted);
        return length == json.Length ? json : quoted.AsMemory(0, length);
    }

    /// <summary>So long the quoted document is at most.</summary>
    public static int Room(ReadOnlySpan<byte> json) => checked(json.Length + (Quotes * (json.Count("NaN"u8) + json.Count("Infinity"u8))));

    /// <summary>Writes the document with the tokens quoted, and returns its length.</summary>
    /// <param name="into">Of <see cref="Room"/>.</param>
    public static int Quote(ReadOnlySpan<byte> json, Span<byte> into)
    {
        int written = 0;
        int copied = 0;
        for (int at = 0; at < json.Length;)
        {
            int found = json[at..].IndexOfAny(Starts);
            if (found < 0)
                break;
            at += found;
            int length = json[at] == (byte)'"' ? 0 : TokenLength(json[at..]);
            if (length == 0)
            {
                at = json[at] == (byte)'"' ? JsonScan.FindTextEnd(json, at) : at + 1;
                continue;
            }

            int start = at > 0 && json[at] == (byte)'I' && json[at - 1] == (byte)'-' ? at - 1 : at;
            Append(json[copied..start], into, ref written);
            Append("\""u8, into, ref written);
            Append(json[start..(at + length)], into, ref written);
            Append("\""u8, into, ref written);
            copied = at += length;
        }

        Append(json[copied..], into, ref written);
        return written;
    }

    private static int TokenLength(ReadOnlySpan<byte> json) => json.StartsWith("NaN"u8) ? 3 : json.StartsWith("Infinity"u8) ? 8 : 0;

    private static void Append(ReadOnlySpan<byte> bytes, Span<byte> into, ref int written)
    {
        bytes.CopyTo(into[written..]);
        written += bytes.Length;
    }
}
