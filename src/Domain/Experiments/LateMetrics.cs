using System.Text.Json;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments;

/// <summary>Latest values of metrics, of which some came after a document was written.</summary>
internal static class LateMetrics
{
    private static readonly LatestMetricsJson Converter = new();

    /// <summary>A point that was logged.</summary>
    public static void Log(this NamedValues<LatestMetric> metrics, string name, LatestMetric point)
    {
        ref LatestMetric latest = ref metrics.At(name, out bool isKnown);
        if (!isKnown || point.IsLaterThan(latest))
            latest = point;
    }

    /// <summary>A run's document as it would be, had it been written with them. All of it but the metrics is copied as it is.</summary>
    public static byte[] Into(ReadOnlySpan<byte> document, MetricTail tail)
    {
        var reader = new Utf8JsonReader(document);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName && !reader.ValueTextEquals("metrics"u8))
            reader.Skip();
        reader.Read();
        int from = (int)reader.TokenStartIndex;
        NamedValues<LatestMetric> metrics = Converter.Read(ref reader, typeof(NamedValues<LatestMetric>), WorkflowJson.Options);
        tail.AddTo(metrics);
        using var json = new MemoryStream(document.Length + 1024);
        json.Write(document[..from]);
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = WorkflowJson.Options.Encoder }))
            Converter.Write(writer, metrics, WorkflowJson.Options);
        json.Write(document[(int)reader.BytesConsumed..]);
        return json.ToArray();
    }
}
