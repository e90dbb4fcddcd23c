using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// A segment's bytes: gzipped JSON Lines, one row a line:
/// <c>{"id":"r1","row":0,"at":"...","version":3,"features":{"tenure":5,"contract":"monthly"},"prediction":"Yes","scores":[0.71]}</c>,
/// with <c>"sample":0.1</c> where not all requests were logged, and <c>"redacted":["email"]</c> where values were left out.
/// </summary>
internal static class PredictionSegment
{
    public static MemoryStream Write(SegmentBytes lines)
    {
        var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
            lines.CopyTo(zip);
        bytes.Position = 0;
        return bytes;
    }

    public static async IAsyncEnumerable<LoggedPrediction> ReadAsync(Stream segment, string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var zip = new GZipStream(segment, CompressionMode.Decompress);
        using var lines = new StreamReader(zip);
        int number = 0;
        while (await ReadLineAsync(lines, path, ++number, cancellationToken) is { } logged)
            yield return logged;
    }

    private static async Task<LoggedPrediction?> ReadLineAsync(StreamReader lines, string path, int number, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadLineAsync(cancellationToken) is { } line ? Parse(line) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new MlOpsException(
                ErrorKind.Unavailable, "prediction-segment-damaged",
                $"prediction segment '{path}' is damaged at line {number}: {e.Message}; restore it from a backup, or delete it to go on without its records", e);
        }
    }

    private static LoggedPrediction Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        return new LoggedPrediction(
            root.GetProperty("id").GetString()!,
            root.GetProperty("row").GetInt32(),
            new DateTimeOffset(DateTime.SpecifyKind(root.GetProperty("at").GetDateTime(), DateTimeKind.Utc)),
            root.GetProperty("version").GetInt32(),
            root.GetProperty("features").EnumerateObject().ToDictionary(p => p.Name, p => ValueOf(p.Value), StringComparer.Ordinal),
            root.GetProperty("prediction").GetString()!,
            [.. root.GetProperty("scores").EnumerateArray().Select(s => s.GetDouble())])
        {
            Sample = root.TryGetProperty("sample", out JsonElement sample) ? sample.GetDouble() : 1,
            Redacted = root.TryGetProperty("redacted", out JsonElement redacted) ? [.. redacted.EnumerateArray().Select(f => f.GetString()!)] : [],
        };
    }

    private static object ValueOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => value.GetString()!,
    };
}
