using System.Buffers;

namespace MlOps.Api.Inference;

/// <summary>How many values a request may have, told from its bytes before memory is taken for any of them.</summary>
internal static class ValueLimit
{
    /// <summary>A value and what parts it from the next.</summary>
    private const int LeastBytes = 2;

    private static readonly SearchValues<byte> Signs = SearchValues.Create("\","u8);

    /// <param name="of">What has the values, for the message.</param>
    /// <exception cref="MlOpsException">TooLarge <c>values-too-many</c>.</exception>
    public static void CheckJson(ReadOnlySpan<byte> json, long most, string of)
    {
        // Nearly all bodies are too short to be looked at.
        if (json.Length / LeastBytes >= most && json.Count((byte)',') >= most && JsonCommas(json) >= most)
            throw TooMany(of, null, most);
    }

    /// <inheritdoc cref="CheckJson"/>
    public static void CheckCsv(ReadOnlySpan<byte> csv, long most, string of)
    {
        if (csv.Length / LeastBytes >= most && (long)csv.Count((byte)',') + csv.Count((byte)'\n') > most)
            throw TooMany(of, null, most);
    }

    /// <inheritdoc cref="CheckJson"/>
    public static void Check(long values, long most, string of)
    {
        if (values > most)
            throw TooMany(of, values, most);
    }

    /// <summary>Commas outside of texts: one less than the values of a flat list.</summary>
    private static long JsonCommas(ReadOnlySpan<byte> json)
    {
        long commas = 0;
        for (int at = 0; at < json.Length;)
        {
            int found = json[at..].IndexOfAny(Signs);
            if (found < 0)
                break;
            at += found;
            if (json[at] == (byte)',')
                commas++;
            at = json[at] == (byte)',' ? at + 1 : JsonScan.FindTextEnd(json, at);
        }

        return commas;
    }

    /// <param name="given">How many; null: more than are allowed.</param>
    public static MlOpsException TooMany(string of, long? given, long most) =>
        MlOpsException.TooLarge("values-too-many", $"{of} has {(given is { } n ? $"{n:N0} values, allowed are {most:N0}" : $"more values than {most:N0}, which are allowed")}: send the rows in several requests");
}
