using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Writes logged rows as lines of JSON, in memory that the thread's next record uses again: what waits for the log are bytes, not objects
/// that the garbage collector must carry along. Rows that are still the numbers they were scored as, the ordinary case of a busy
/// endpoint, go straight from them to the bytes; all others by way of a table. The lines are the same.
/// </summary>
internal sealed class SegmentLines : IDisposable
{
    /// <summary>A larger buffer is not kept for the thread's next record.</summary>
    private const int MaxKept = 1 << 20;

    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id"), Row = JsonEncodedText.Encode("row"), At = JsonEncodedText.Encode("at"),
        Version = JsonEncodedText.Encode("version"), Features = JsonEncodedText.Encode("features"), Prediction = JsonEncodedText.Encode("prediction"), Scores = JsonEncodedText.Encode("scores");

    [ThreadStatic]
    private static SegmentLines? _spare;

    private readonly ArrayBufferWriter<byte> _bytes = new(4 << 10);
    private readonly Utf8JsonWriter _json;
    private readonly FeatureLine _features = new();

    private SegmentLines() => _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { SkipValidation = true });

    /// <summary>The record's lines, which stay until the thread's next.</summary>
    /// <exception cref="ArgumentException">A number is none that JSON has.</exception>
    public static ReadOnlySpan<byte> Of(PredictionRecord record)
    {
        SegmentLines lines = _spare ?? new();
        if (IsOnlyNumbers(record))
        {
            RecordedNumbers numbers = record.Rows.Numbers!.Value;
            ReadOnlySpan<byte> only = lines._features.Of(record, LineColumns.Of(numbers.Signature), numbers, 0);
            _spare = only.Length <= MaxKept ? lines : null;
            return only;
        }

        lines._bytes.ResetWrittenCount();
        lines.Write(record);
        _spare = lines._bytes.Capacity <= MaxKept ? lines : null;
        if (_spare is null)
            lines.Dispose();
        return lines._bytes.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();

    /// <summary>One row, whose line is written whole: it needs no copy.</summary>
    private static bool IsOnlyNumbers(PredictionRecord record)
    {
        LogRule rule = record.Rule ?? LogRule.Everything;
        return record.Rows is { Count: 1, Numbers: { } numbers } && !rule.HidesAny && IsPlain(record, rule, numbers);
    }

    private void Write(PredictionRecord record)
    {
        LogRule rule = record.Rule ?? LogRule.Everything;
        if (record.Rows.Numbers is { } numbers && !rule.HidesAny)
            WriteNumbers(record, rule, numbers);
        else
            WriteTable(record, rule, record.Rows.ToTable());
    }

    private void WriteNumbers(PredictionRecord record, LogRule rule, RecordedNumbers numbers)
    {
        var columns = LineColumns.Of(numbers.Signature);
        bool plain = IsPlain(record, rule, numbers);
        for (int row = 0; row < record.Rows.Count; row++)
        {
            if (plain)
            {
                _bytes.Write(_features.Of(record, columns, numbers, row));
                continue;
            }

            Begin(record, row);
            _json.WritePropertyName(Features);
            _json.WriteRawValue(_features.Of(columns, numbers, row), skipInputValidation: true);
            WriteSample(rule);
            End(record, row);
        }
    }

    /// <summary>Nothing but the numbers differs from line to line.</summary>
    private static bool IsPlain(PredictionRecord record, LogRule rule, RecordedNumbers numbers) =>
        rule.Policy.Sample >= 1 && RequestIds.IsPlain(record.RequestId)
        && record.Predictions.Task != LearningTask.Regression && ReferenceEquals(record.Predictions.Classes, numbers.Signature.Classes);

    private void WriteTable(PredictionRecord record, LogRule rule, Table rows)
    {
        for (int row = 0; row < rows.RowCount; row++)
        {
            Begin(record, row);
            _json.WriteStartObject(Features);
            foreach (Column column in rows.Columns)
                WriteValue(column, row, rule);
            _json.WriteEndObject();
            WriteSample(rule);
            WriteRedacted(rows, rule);
            End(record, row);
        }
    }

    private void Begin(PredictionRecord record, int row)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString(Id, record.RequestId);
        _json.WriteNumber(Row, row);
        _json.WriteString(At, record.Time.UtcDateTime);
        _json.WriteNumber(Version, record.Version);
        Write(record.Arrival);
    }

    private void Write(Arrival arrival)
    {
        if (arrival.UnitCluster > 0)
            _json.WriteNumber("unit"u8, arrival.UnitCluster - 1);
        if (arrival.IsNamed)
            _json.WriteBoolean("named"u8, true);
        if (arrival.Draw > 0)
            _json.WriteNumber("draw"u8, arrival.Draw);
    }

    private void End(PredictionRecord record, int row)
    {
        _json.WriteString(Prediction, LabelOf(record.Predictions, row));
        _json.WriteStartArray(Scores);
        foreach (double score in ScoresOf(record.Predictions, row))
            _json.WriteNumberValue(score);
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
        _bytes.Write("\n"u8);
    }

    private void WriteSample(LogRule rule)
    {
        if (rule.Policy.Sample < 1)
            _json.WriteNumber("sample", rule.Policy.Sample);
    }

    private void WriteRedacted(Table rows, LogRule rule)
    {
        if (!rows.Columns.Any(c => rule.Of(c.Name) is not null))
            return;
        _json.WriteStartArray("redacted");
        foreach (Column column in rows.Columns.Where(c => rule.Of(c.Name) is not null))
            _json.WriteStringValue(column.Name);
        _json.WriteEndArray();
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
                _json.WriteString(column.Name, "***");
                return;
            case Redaction.Hash:
                _json.WriteString(column.Name, rule.Hash(column.Name, column.Format(row)!));
                return;
        }

        switch (column)
        {
            case NumberColumn number:
                _json.WriteNumber(column.Name, number.Values[row]);
                break;
            case BooleanColumn flag:
                _json.WriteBoolean(column.Name, flag.Values[row] == 1);
                break;
            default:
                _json.WriteString(column.Name, column.Format(row));
                break;
        }
    }

    private static string LabelOf(Predictions predictions, int row) => predictions.Task == LearningTask.Regression
        ? predictions.Scores[row].ToString("R", CultureInfo.InvariantCulture)
        : predictions.Classes[predictions.Label(row)];

    public static ReadOnlySpan<double> ScoresOf(Predictions predictions, int row) => predictions.Task == LearningTask.Multiclass
        ? predictions.Scores.AsSpan(row * predictions.Classes.Count, predictions.Classes.Count)
        : predictions.Scores.AsSpan(row, 1);
}
