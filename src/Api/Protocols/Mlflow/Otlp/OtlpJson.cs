using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow.Otlp;

/// <summary>Reads <c>ExportTraceServiceRequest</c> as JSON: ids are hexadecimal, numbers of 64 bits may be texts (opentelemetry.io, "OTLP Specification").</summary>
internal static class OtlpJson
{
    /// <exception cref="MlOpsException">Invalid <c>otlp-invalid</c>; TooLarge <c>otlp-too-large</c>.</exception>
    public static List<ReceivedSpan> Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            var parts = new OtlpParts();
            using JsonDocument json = JsonDocument.Parse(body);
            return
            [
                .. from resource in List(json.RootElement, "resourceSpans")
                from scope in List(resource, "scopeSpans")
                from span in List(scope, "spans")
                select ReadSpan(span, parts),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw OtlpErrors.Damaged(e.Message);
        }
    }

    /// <summary>JSON has none that are no numbers: those are texts.</summary>
    public static JsonNode Number(double number) => !double.IsFinite(number) ? number.ToString(CultureInfo.InvariantCulture)
        // Or else it would be read as a whole number afterwards.
        : number == Math.Floor(number) && Math.Abs(number) < 1L << 53 ? JsonNode.Parse(number.ToString("F1", CultureInfo.InvariantCulture))!
        : number;

    private static ReceivedSpan ReadSpan(JsonElement span, OtlpParts parts)
    {
        parts.Add();
        var read = new ReceivedSpan
        {
            TraceId = Text(span, "traceId").ToLowerInvariant(),
            Id = Text(span, "spanId").ToLowerInvariant(),
            ParentId = Text(span, "parentSpanId").ToLowerInvariant(),
            Name = Text(span, "name"),
            Start = Time(span, "startTimeUnixNano"),
            End = Time(span, "endTimeUnixNano"),
        };
        if (span.TryGetProperty("status", out JsonElement status))
        {
            read.Message = Text(status, "message");
            read.Status = status.TryGetProperty("code", out JsonElement code) ? StatusOf(code) : SpanStatus.Unset;
        }

        foreach ((string key, JsonNode? value) in Pairs(span))
        {
            parts.Add();
            read.Add(key, value);
        }

        foreach (JsonElement happened in List(span, "events"))
        {
            parts.Add();
            read.AddEvent(Text(happened, "name"), Time(happened, "timeUnixNano"), Pairs(happened));
        }

        return read;
    }

    private static SpanStatus StatusOf(JsonElement code) => code.ToString() switch
    {
        "1" or "STATUS_CODE_OK" => SpanStatus.Ok,
        "2" or "STATUS_CODE_ERROR" => SpanStatus.Error,
        _ => SpanStatus.Unset,
    };

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Pairs(JsonElement of, string name = "attributes") =>
        List(of, name).Select(pair => KeyValuePair.Create(Text(pair, "key"), pair.TryGetProperty("value", out JsonElement value) ? Value(value) : null));

    private static JsonNode? Value(JsonElement value)
    {
        foreach (JsonProperty kind in value.EnumerateObject())
        {
            switch (kind.Name)
            {
                case "stringValue" or "bytesValue":
                    return kind.Value.GetString();
                case "boolValue":
                    return kind.Value.GetBoolean();
                case "intValue":
                    return long.Parse(kind.Value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                case "doubleValue":
                    return Number(double.Parse(kind.Value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture));
                case "arrayValue":
                    return new JsonArray([.. List(kind.Value, "values").Select(Value)]);
                case "kvlistValue":
                    var fields = new JsonObject();
                    foreach ((string key, JsonNode? field) in Pairs(kind.Value, "values"))
                        fields[key] = field;
                    return fields;
            }
        }

        return null;
    }

    private static JsonElement.ArrayEnumerator List(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement list) && list.ValueKind != JsonValueKind.Null ? list.EnumerateArray() : default;

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement text) ? text.GetString() ?? "" : "";

    private static ulong Time(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement time) ? ulong.Parse(time.ToString(), NumberStyles.None, CultureInfo.InvariantCulture) : 0;
}
