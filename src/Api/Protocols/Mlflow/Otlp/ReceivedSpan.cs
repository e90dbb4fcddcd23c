using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow.Otlp;

/// <summary>A span as it is read field by field, and the trace that it is of.</summary>
internal sealed class ReceivedSpan
{
    private const int TraceDigits = 32;
    private const int SpanDigits = 16;

    /// <summary>Attribute by which MLflow's clients know the trace of a span.</summary>
    private const string RequestKey = "mlflow.traceRequestId";

    private readonly Dictionary<string, JsonElement> _attributes = new(StringComparer.Ordinal);
    private readonly List<SpanEvent> _events = [];

    /// <summary>Hexadecimal digits, as of the ids that follow.</summary>
    public string TraceId { get; set; } = "";

    public string Id { get; set; } = "";

    public string ParentId { get; set; } = "";

    public string Name { get; set; } = "";

    public ulong Start { get; set; }

    public ulong End { get; set; }

    public SpanStatus Status { get; set; }

    public string Message { get; set; } = "";

    public string TraceName => Trace.IdPrefix + TraceId;

    public void Add(string key, JsonNode? value) => _attributes[key] = (key is Span.InputsKey or Span.OutputsKey ? Content(value) : null) ?? Element(value);

    public void AddEvent(string name, ulong at, IEnumerable<KeyValuePair<string, JsonNode?>> attributes)
    {
        var told = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach ((string key, JsonNode? value) in attributes)
            told[key] = Element(value);
        _events.Add(new SpanEvent(name, Nanos("an event's time", at), told));
    }

    /// <exception cref="MlOpsException">Invalid <c>otlp-invalid</c>.</exception>
    public Span Checked()
    {
        CheckId("trace id", TraceId, TraceDigits);
        CheckId("span id", Id, SpanDigits);
        if (ParentId.Length > 0)
            CheckId("parent's span id", ParentId, SpanDigits);
        var attributes = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [RequestKey] = Element(TraceName) };
        foreach ((string key, JsonElement value) in _attributes)
            attributes[key] = value;
        return new Span(Id, ParentId.Length == 0 ? null : ParentId, Name, Nanos("a span's start", Start), Nanos("a span's end", End))
        {
            Status = Status,
            Message = Message,
            Attributes = attributes,
            Events = _events,
        };
    }

    /// <summary>What a step was given and answered clients write as a text that is JSON, which is kept as they spaced it; null of other texts.</summary>
    private static JsonElement? Content(JsonNode? value)
    {
        if (value is not JsonValue text || !text.TryGetValue(out string? json))
            return null;
        try
        {
            return WholeText.Element(json, OtlpErrors.MaxDepth);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void CheckId(string what, string id, int digits)
    {
        if (id.Length != digits || !id.All(char.IsAsciiHexDigitLower))
            throw OtlpErrors.Damaged($"a {what} is '{(id.Length <= TraceDigits ? id : id[..TraceDigits])}', expected {digits / 2} bytes");
    }

    private static long Nanos(string what, ulong value) => value <= long.MaxValue ? (long)value : throw OtlpErrors.Damaged($"{what} is {value}, later than any time");

    private static JsonElement Element(JsonNode? node) => JsonSerializer.SerializeToElement(node);
}
