using System.Text.Json;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow.Otlp;

/// <summary>Traces with their spans, as <c>/mlflow/traces/get</c> answers them: the JSON of OpenTelemetry's message, with names and numbers as MLflow's server writes them.</summary>
internal static class SpanAnswer
{
    private static readonly string[] Codes = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

    public static void Write(Utf8JsonWriter json, Trace trace, IReadOnlyList<Span> spans)
    {
        json.WriteStartObject();
        json.WritePropertyName("trace_info"u8);
        TraceJson.Info(json, trace);
        if (spans.Count > 0)
        {
            byte[] id = Convert.FromHexString(trace.Id.AsSpan(Trace.IdPrefix.Length));
            json.WriteStartArray("spans"u8);
            foreach (Span span in spans)
                Write(json, id, span);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, byte[] trace, Span span)
    {
        json.WriteStartObject();
        json.WriteBase64String("trace_id"u8, trace);
        json.WriteBase64String("span_id"u8, Convert.FromHexString(span.Id));
        if (span.ParentId is { } parent)
            json.WriteBase64String("parent_span_id"u8, Convert.FromHexString(parent));
        json.WriteString("name"u8, span.Name);
        json.WriteNumber("start_time_unix_nano"u8, span.StartNanos);
        if (span.EndNanos > 0)
            json.WriteNumber("end_time_unix_nano"u8, span.EndNanos);
        Attributes(json, span.Attributes);
        if (span.Events.Count > 0)
        {
            json.WriteStartArray("events"u8);
            foreach (SpanEvent happened in span.Events)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, happened.Name);
                json.WriteNumber("time_unix_nano"u8, happened.Nanos);
                Attributes(json, happened.Attributes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteStartObject("status"u8);
        if (span.Message.Length > 0)
            json.WriteString("message"u8, span.Message);
        if (span.Status != SpanStatus.Unset)
            json.WriteString("code"u8, Codes[(int)span.Status]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Attributes(Utf8JsonWriter json, IReadOnlyDictionary<string, JsonElement> attributes)
    {
        if (attributes.Count == 0)
            return;
        json.WriteStartArray("attributes"u8);
        foreach ((string key, JsonElement value) in attributes)
            Pair(json, key, value);
        json.WriteEndArray();
    }

    private static void Pair(Utf8JsonWriter json, string key, JsonElement value)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, key);
        json.WritePropertyName("value"u8);
        Value(json, value);
        json.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter json, JsonElement value)
    {
        json.WriteStartObject();
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                json.WriteString("string_value"u8, value.GetString());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                json.WriteBoolean("bool_value"u8, value.GetBoolean());
                break;
            case JsonValueKind.Number when value.GetRawText().AsSpan().IndexOfAny(".eE") < 0 && value.TryGetInt64(out long whole):
                json.WriteNumber("int_value"u8, whole);
                break;
            case JsonValueKind.Number:
                json.WritePropertyName("double_value"u8);
                value.WriteTo(json);
                break;
            case JsonValueKind.Array:
                json.WriteStartObject("array_value"u8);
                json.WriteStartArray("values"u8);
                foreach (JsonElement item in value.EnumerateArray())
                    Value(json, item);
                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case JsonValueKind.Object:
                json.WriteStartObject("kvlist_value"u8);
                json.WriteStartArray("values"u8);
                foreach (JsonProperty field in value.EnumerateObject())
                    Pair(json, field.Name, field.Value);
                json.WriteEndArray();
                json.WriteEndObject();
                break;
        }

        json.WriteEndObject();
    }
}
