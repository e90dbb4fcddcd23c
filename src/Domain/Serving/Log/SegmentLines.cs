using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Writes logged rows as lines of JSON. Rows that are still the numbers they were scored as, the ordinary case of a busy endpoint, go
/// straight from them to the bytes; all others by way of a table. The lines are the same.
/// </summary>
internal sealed class SegmentLines(Stream destination) : IDisposable
{
    /// <summary>Bytes that are passed on at once.</summary>
    private const int Chunk = 64 << 10;

    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id"), Row = JsonEncodedText.Encode("row"), At = JsonEncodedText.Encode("at"),
        Version = JsonEncodedText.Encode("version"), Features = JsonEncodedText.Encode("features"), Prediction = JsonEncodedText.Encode("prediction"), Scores = JsonEncodedText.Encode("scores");

    private readonly ArrayBufferWriter<byte> _bytes = new(Chunk + (16 << 10));
    private Utf8JsonWriter? _json;
    private LineColumns? _columns;

    private Utf8JsonWriter Json => _json ??= new Utf8JsonWriter(_bytes, new JsonWriterOptions { SkipValidation = true });

    public void Write(PredictionRecord record)
    {
        LogRule rule = record.Rule ?? LogRule.Everything;
        if (record.Rows.Numbers is { } numbers && !rule.HidesAny)
            WriteNumbers(record, rule, numbers);
        else
            WriteTable(record, rule, record.Rows.ToTable());
    }

    public void Flush()
    {
        destination.Write(_bytes.WrittenSpan);
        _bytes.ResetWrittenCount();
    }

    public void Dispose() => _json?.Dispose();

    private void WriteNumbers(PredictionRecord record, LogRule rule, RecordedNumbers numbers)
    {
        if (_columns?.Signature != numbers.Signature)
            _columns = new LineColumns(numbers.Signature);
        for (int row = 0; row < record.Rows.Count; row++)
        {
            Begin(record, row);
            Json.WritePropertyName(Features);
            Json.WriteRawValue(_columns.Line(numbers, row), skipInputValidation: true);
            WriteSample(rule);
            End(record, row);
        }
    }

    private void WriteTable(PredictionRecord record, LogRule rule, Table rows)
    {
        for (int row = 0; row < rows.RowCount; row++)
        {
            Begin(record, row);
            Json.WriteStartObject(Features);
            foreach (Column column in rows.Columns)
                WriteValue(column, row, rule);
            Json.WriteEndObject();
            WriteSample(rule);
            WriteRedacted(rows, rule);
            End(record, row);
        }
    }

    private void Begin(PredictionRecord record, int row)
    {
        Json.Reset();
        Json.WriteStartObject();
        Json.WriteString(Id, record.RequestId);
        Json.WriteNumber(Row, row);
        Json.WriteString(At, record.Time.UtcDateTime);
        Json.WriteNumber(Version, record.Version);
    }

    private void End(PredictionRecord record, int row)
    {
        Json.WriteString(Prediction, LabelOf(record.Predictions, row));
        Json.WriteStartArray(Scores);
        foreach (double score in ScoresOf(record.Predictions, row))
            Json.WriteNumberValue(score);
        Json.WriteEndArray();
        Json.WriteEndObject();
        Json.Flush();
        _bytes.Write("\n"u8);
        if (_bytes.WrittenCount >= Chunk)
            Flush();
    }

    private void WriteSample(LogRule rule)
    {
        if (rule.Policy.Sample < 1)
            Json.WriteNumber("sample", rule.Policy.Sample);
    }

    private void WriteRedacted(Table rows, LogRule rule)
    {
        if (!rows.Columns.Any(c => rule.Of(c.Name) is not null))
            return;
        Json.WriteStartArray("redacted");
        foreach (Column column in rows.Columns.Where(c => rule.Of(c.Name) is not null))
            Json.WriteStringValue(column.Name);
        Json.WriteEndArray();
    }

    private void WriteValue(Column column, int row, LogRule rule)
    {
        if (column.IsMissing(row))
            return;
        switch (rule.Of(column.Name))
        {
            case Redaction.Drop:
                return;
            case Redaction.Mask:
                Json.WriteString(column.Name, "***");
                return;
            case Redaction.Hash:
                Json.WriteString(column.Name, rule.Hash(column.Name, column.Format(row)!));
                return;
        }

        switch (column)
        {
            case NumberColumn number:
                Json.WriteNumber(column.Name, number.Values[row]);
                break;
            case BooleanColumn flag:
                Json.WriteBoolean(column.Name, flag.Values[row] == 1);
                break;
            default:
                Json.WriteString(column.Name, column.Format(row));
                break;
        }
    }

    private static string LabelOf(Predictions predictions, int row) => predictions.Task == LearningTask.Regression
        ? predictions.Scores[row].ToString("R", CultureInfo.InvariantCulture)
        : predictions.Classes[predictions.Label(row)];

    private static ReadOnlySpan<double> ScoresOf(Predictions predictions, int row) => predictions.Task == LearningTask.Multiclass
        ? predictions.Scores.AsSpan(row * predictions.Classes.Count, predictions.Classes.Count)
        : predictions.Scores.AsSpan(row, 1);
}
