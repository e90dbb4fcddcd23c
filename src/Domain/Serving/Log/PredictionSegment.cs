using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// A segment's bytes: gzipped JSON Lines, one row a line:
/// <c>{"id":"r1","row":0,"at":"...","version":3,"features":{"tenure":5,"contract":"monthly"},"prediction":"Yes","scores":[0.71]}</c>,
/// with <c>"sample":0.1</c> where not all requests were logged, and <c>"redacted":["email"]</c> where values were left out.
/// </summary>
internal static class PredictionSegment
{
    public static MemoryStream Write(IReadOnlyList<PredictionRecord> records)
    {
        var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            using var buffered = new BufferedStream(zip, 64 << 10);
            using var json = new Utf8JsonWriter(buffered);
            foreach (PredictionRecord record in records)
            {
                Table rows = record.Rows.ToTable();
                for (int row = 0; row < rows.RowCount; row++)
                    WriteLine(buffered, json, record, rows, row);
            }
        }

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

    private static void WriteLine(Stream stream, Utf8JsonWriter json, PredictionRecord record, Table rows, int row)
    {
        LogRule rule = record.Rule ?? LogRule.Everything;
        json.Reset();
        json.WriteStartObject();
        json.WriteString("id", record.RequestId);
        json.WriteNumber("row", row);
        json.WriteString("at", record.Time.UtcDateTime);
        json.WriteNumber("version", record.Version);
        json.WriteStartObject("features");
        foreach (Column column in rows.Columns)
            WriteValue(json, column, row, rule);
        json.WriteEndObject();
        WriteRule(json, rows, rule);
        json.WriteString("prediction", LabelOf(record.Predictions, row));
        json.WriteStartArray("scores");
        foreach (double score in ScoresOf(record.Predictions, row))
            json.WriteNumberValue(score);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        stream.WriteByte((byte)'\n');
    }

    private static void WriteRule(Utf8JsonWriter json, Table rows, LogRule rule)
    {
        if (rule.Policy.Sample < 1)
            json.WriteNumber("sample", rule.Policy.Sample);
        if (!rows.Columns.Any(c => rule.Of(c.Name) is not null))
            return;
        json.WriteStartArray("redacted");
        foreach (Column column in rows.Columns.Where(c => rule.Of(c.Name) is not null))
            json.WriteStringValue(column.Name);
        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, Column column, int row, LogRule rule)
    {
        if (column.IsMissing(row))
            return;
        switch (rule.Of(column.Name))
        {
            case Redaction.Drop:
                return;
            case Redaction.Mask:
                json.WriteString(column.Name, "***");
                return;
            case Redaction.Hash:
                json.WriteString(column.Name, rule.Hash(column.Name, column.Format(row)!));
                return;
        }

        switch (column)
        {
            case NumberColumn number:
                json.WriteNumber(column.Name, number.Values[row]);
                break;
            case BooleanColumn flag:
                json.WriteBoolean(column.Name, flag.Values[row] == 1);
                break;
            default:
                json.WriteString(column.Name, column.Format(row));
                break;
        }
    }

    private static string LabelOf(Predictions predictions, int row) => predictions.Task == LearningTask.Regression
        ? predictions.Scores[row].ToString("R", CultureInfo.InvariantCulture)
        : predictions.Classes[predictions.Label(row)];

    private static ReadOnlySpan<double> ScoresOf(Predictions predictions, int row) => predictions.Task == LearningTask.Multiclass
        ? predictions.Scores.AsSpan(row * predictions.Classes.Count, predictions.Classes.Count)
        : predictions.Scores.AsSpan(row, 1);

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
