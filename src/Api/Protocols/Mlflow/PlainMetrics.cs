using System.Text.Json;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// The bodies of log-metric and of a log-batch of metrics alone, read in one pass and without a document of them. What is out of the ordinary
/// (other fields, a field twice, a null, a number as a text, an escape in a text, bare NaN, too many) is not read here: null is returned, and
/// <see cref="MlflowFields"/> reads it, or says what is wrong with it.
/// </summary>
internal static class PlainMetrics
{
    /// <summary>The body of log-metric.</summary>
    public static (string Run, IReadOnlyList<MetricPoint> Points)? One(ReadOnlySpan<byte> body) => Read(body, isBatch: false);

    /// <summary>The body of log-batch.</summary>
    public static (string Run, IReadOnlyList<MetricPoint> Points)? Batch(ReadOnlySpan<byte> body) => Read(body, isBatch: true);

    private static (string Run, IReadOnlyList<MetricPoint> Points)? Read(ReadOnlySpan<byte> body, bool isBatch)
    {
        var json = new Utf8JsonReader(body);
        try
        {
            return json.Read() && json.TokenType == JsonTokenType.StartObject ? Body(ref json, isBatch) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static (string Run, IReadOnlyList<MetricPoint> Points)? Body(ref Utf8JsonReader json, bool isBatch)
    {
        string? run = null;
        List<MetricPoint>? points = null;
        var metric = default(Metric);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isPlain = json.ValueTextEquals("run_id"u8) ? run is null && (run = Text(ref json)) is not null
                : json.ValueTextEquals("run_uuid"u8) ? Text(ref json) is not null
                : !isBatch ? metric.Add(ref json)
                : json.ValueTextEquals("metrics"u8) ? points is null && (points = Points(ref json)) is not null
                : (json.ValueTextEquals("params"u8) || json.ValueTextEquals("tags"u8)) && IsEmptyList(ref json);
            if (!isPlain)
                return null;
        }

        if (json.TokenType != JsonTokenType.EndObject || json.Read() || run is null)
            return null;
        if (isBatch)
            return points is null ? null : (run, points);
        return metric.Point() is { } point ? (run, [point]) : null;
    }

    private static List<MetricPoint>? Points(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray)
            return null;
        var points = new List<MetricPoint>();
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            var metric = default(Metric);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (!metric.Add(ref json))
                    return null;
            }

            if (points.Count == MlflowLimits.BatchMetrics || json.TokenType != JsonTokenType.EndObject || metric.Point() is not { } point)
                return null;
            points.Add(point);
        }

        return json.TokenType == JsonTokenType.EndArray ? points : null;
    }

    private static bool IsEmptyList(ref Utf8JsonReader json) =>
        json.Read() && json.TokenType == JsonTokenType.StartArray && json.Read() && json.TokenType == JsonTokenType.EndArray;

    private static string? Text(ref Utf8JsonReader json) =>
        json.Read() && json.TokenType == JsonTokenType.String && !json.ValueIsEscaped && json.ValueSpan.Length > 0 ? json.GetString() : null;

    private static double? Number(ref Utf8JsonReader json) =>
        json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetDouble(out double number) ? number : null;

    private static long? Integer(ref Utf8JsonReader json) =>
        json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long number) ? number : null;

    /// <summary>A metric as far as it has been read.</summary>
    private struct Metric
    {
        private string? _key;
        private double? _value;
        private long? _timestamp;
        private long? _step;

        /// <summary>Reads the field whose name was read; false when it is out of the ordinary.</summary>
        public bool Add(ref Utf8JsonReader json)
        {
            if (json.ValueTextEquals("key"u8))
                return _key is null && (_key = Text(ref json)) is not null;
            if (json.ValueTextEquals("value"u8))
                return _value is null && (_value = Number(ref json)) is not null;
            if (json.ValueTextEquals("timestamp"u8))
                return _timestamp is null && (_timestamp = Integer(ref json)) is not null;
            return json.ValueTextEquals("step"u8) && _step is null && (_step = Integer(ref json)) is not null;
        }

        public readonly MetricPoint? Point() =>
            _key is not null && _value is { } value && _timestamp is { } timestamp && UnixTime.Of(timestamp) is { } time ? new MetricPoint(_key, value, _step ?? 0, time) : null;
    }
}
