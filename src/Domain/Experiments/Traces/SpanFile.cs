using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>
/// Spans as a file, in the form in which MLflow's clients write and read them: ids as base64 of their bytes, and each attribute as a text
/// that is JSON.
/// </summary>
public static class SpanFile
{
    private static readonly string[] Codes = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

    /// <summary>The file's bytes.</summary>
    /// <param name="traceId"><c>tr-</c> and 32 hexadecimal digits.</param>
    public static byte[] Write(string traceId, IEnumerable<Span> spans)
    {
        string trace = Convert.ToBase64String(Convert.FromHexString(traceId.AsSpan(Trace.IdPrefix.Length)));
        var bytes = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("spans"u8);
            foreach (Span span in spans)
                Write(json, trace, span);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>What <see cref="Write(string,IEnumerable{Span})"/> wrote.</summary>
    /// <param name="name">For messages.</param>
    /// <exception cref="MlOpsException">Invalid <c>spans-damaged</c>: whoever may write artifacts wrote over it.</exception>
    public static IReadOnlyList<Span> Read(ReadOnlyMemory<byte> file, string name)
    {
        try
        {
            // Checked here once: what is kept as JSON would fail when it is answered.
            if (!Utf8.IsValid(file.Span))
                throw new FormatException("it is no UTF-8");
            using JsonDocument json = WholeText.Parse(file);
            return [.. json.RootElement.GetProperty("spans").EnumerateArray().Select(Read)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw MlOpsException.Invalid("spans-damaged", $"the artifact '{name}' holds no spans ({e.Message}): delete it");
        }
    }

    private static void Write(Utf8JsonWriter json, string trace, Span span)
    {
        json.WriteStartObject();
        json.WriteString("trace_id"u8, trace);
        json.WriteString("span_id"u8, Base64(span.Id));
        json.WriteString("parent_span_id"u8, span.ParentId is { } parent ? Base64(parent) : null);
        json.WriteString("name"u8, span.Name);
        json.WriteNumber("start_time_unix_nano"u8, span.StartNanos);
        json.WriteNumber("end_time_unix_nano"u8, span.EndNanos);
        json.WriteStartArray("events"u8);
        foreach (SpanEvent happened in span.Events)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, happened.Name);
            json.WriteNumber("time_unix_nano"u8, happened.Nanos);
            json.WriteStartObject("attributes"u8);
            foreach ((string key, JsonElement value) in happened.Attributes)
            {
                json.WritePropertyName(key);
                value.WriteTo(json);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("status"u8);
        json.WriteString("code"u8, Codes[(int)span.Status]);
        json.WriteString("message"u8, span.Message);
        json.WriteEndObject();
        json.WriteStartObject("attributes"u8);
        foreach ((string key, JsonElement value) in span.Attributes)
            json.WriteString(key, value.GetRawText());
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static Span Read(JsonElement span) => new(
        Hex(span.GetProperty("span_id")) ?? throw new FormatException("a span has no id"),
        Hex(span.GetProperty("parent_span_id")),
        Text(span.GetProperty("name")),
        span.GetProperty("start_time_unix_nano").GetInt64(),
        span.GetProperty("end_time_unix_nano").GetInt64())
    {
        Status = (SpanStatus)Math.Max(0, Array.IndexOf(Codes, span.GetProperty("status").GetProperty("code").GetString())),
        Message = Text(span.GetProperty("status").GetProperty("message")),
        Attributes = Attributes(span, value => WholeText.Element(Text(value))),
        Events = [.. span.GetProperty("events").EnumerateArray().Select(e => new SpanEvent(
            Text(e.GetProperty("name")),
            e.GetProperty("time_unix_nano").GetInt64(),
            Attributes(e, value => value.Clone())))],
    };

    private static Dictionary<string, JsonElement> Attributes(JsonElement of, Func<JsonElement, JsonElement> read)
    {
        var attributes = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty attribute in of.GetProperty("attributes").EnumerateObject())
            attributes[attribute.Name] = read(attribute.Value);
        return attributes;
    }

    private static string Text(JsonElement text) => text.GetString() ?? throw new FormatException("null is no text");

    private static string Base64(string hex) => Convert.ToBase64String(Convert.FromHexString(hex));

    private static string? Hex(JsonElement base64) => base64.ValueKind == JsonValueKind.Null ? null : Convert.ToHexStringLower(base64.GetBytesFromBase64());
}
