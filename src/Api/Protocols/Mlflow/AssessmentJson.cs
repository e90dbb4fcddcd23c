using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Assessments as they are read and answered.</summary>
internal static class AssessmentJson
{
    /// <summary>A value within a value so often is no assessment; clients and stores read less than a hundred.</summary>
    private const int MaxDepth = 32;

    private static readonly Dictionary<string, int> SourceTypes = new(StringComparer.Ordinal) { ["SOURCE_TYPE_UNSPECIFIED"] = 0, ["HUMAN"] = 1, ["LLM_JUDGE"] = 2, ["CODE"] = 3 };
    private static readonly string[] SourceNames = [.. SourceTypes.Keys];
    private static readonly string[] Identity = ["source", "feedback", "expectation", "metadata"];

    /// <param name="id">Of one that says no id.</param>
    public static Assessment Read(MlflowFields fields, string id, DateTimeOffset now)
    {
        JsonElement? feedback = Feedback(fields);
        JsonElement? expectation = Expectation(fields);
        string? issue = fields.Object("issue")?.RequiredText("issue_name");
        if (new object?[] { feedback, expectation, issue }.Count(said => said is not null) != 1)
            throw fields.Invalid("feedback", "and `expectation` or `issue` exclude each other, and one of them must be there");
        DateTimeOffset created = TraceJson.Time(fields, "create_time") ?? now;
        return new Assessment(fields.Text("assessment_id") is { Length: > 0 } given ? given : id, fields.RequiredText("assessment_name"), created, Source(fields), feedback, expectation)
        {
            UpdatedAt = TraceJson.Time(fields, "last_update_time") ?? created,
            IssueName = issue,
            SpanId = fields.Text("span_id"),
            Rationale = fields.Text("rationale"),
            Metadata = fields.Map("metadata"),
            Overrides = fields.Text("overrides") is { Length: > 0 } overridden ? overridden : null,
            Valid = fields.Flag("valid") ?? true,
        };
    }

    /// <summary>The id of an assessment that comes without one in a trace: the same whenever the trace is stored again.</summary>
    /// <param name="same">How many before it are the same.</param>
    public static string IdOf(string traceId, MlflowFields fields, int same)
    {
        string[] parts = [traceId, fields.Text("assessment_name") ?? "", fields.Text("create_time") ?? "", fields.Text("span_id") ?? "", fields.Text("rationale") ?? "", .. Identity.Select(name => fields.Element(name)?.GetRawText() ?? ""), $"{same}"];
        return "a-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))).AsSpan(0, 16));
    }

    /// <summary><c>{value, error}</c>; null when there is none.</summary>
    public static JsonElement? Feedback(MlflowFields fields) => Object(fields, "feedback", static (json, feedback) =>
    {
        Value(json, feedback);
        if (feedback.Object("error") is not { } error)
            return;
        json.WriteStartObject("error"u8);
        TraceJson.Optional(json, "error_code"u8, error.Text("error_code"));
        TraceJson.Optional(json, "error_message"u8, error.Text("error_message"));
        TraceJson.Optional(json, "stack_trace"u8, error.Text("stack_trace"));
        json.WriteEndObject();
    });

    /// <summary><c>{value}</c> or <c>{serialized_value}</c>; null when there is none.</summary>
    public static JsonElement? Expectation(MlflowFields fields) => Object(fields, "expectation", static (json, expectation) =>
    {
        if (expectation.Object("serialized_value") is not { } serialized)
        {
            Value(json, expectation);
            return;
        }

        json.WriteStartObject("serialized_value"u8);
        TraceJson.Optional(json, "serialization_format"u8, serialized.Text("serialization_format"));
        TraceJson.Optional(json, "value"u8, serialized.Text("value"));
        json.WriteEndObject();
    });

    public static IReadOnlyDictionary<string, string> Merged(IReadOnlyDictionary<string, string> known, IReadOnlyDictionary<string, string> more)
    {
        var all = new Dictionary<string, string>(known, StringComparer.Ordinal);
        foreach ((string name, string text) in more)
            all[name] = text;
        return all;
    }

    private static JsonElement? Source(MlflowFields fields) => Object(fields, "source", static (json, source) =>
    {
        json.WriteString("source_type"u8, SourceNames[source.Choice("source_type", SourceTypes) ?? 0]);
        TraceJson.Optional(json, "source_id"u8, source.Text("source_id"));
    });

    /// <summary>An object of the fields that protobuf knows, in its order: clients refuse what they do not know.</summary>
    private static JsonElement? Object(MlflowFields fields, string name, Action<Utf8JsonWriter, MlflowFields> write)
    {
        if (fields.Object(name) is not { } given)
            return null;
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json, given);
            json.WriteEndObject();
        }

        return JsonSerializer.Deserialize<JsonElement>(bytes.WrittenSpan);
    }

    private static void Value(Utf8JsonWriter json, MlflowFields fields)
    {
        if (fields.Element("value") is not { } value)
            return;
        if (Depth(value) > MaxDepth)
            throw fields.Invalid("value", $"is nested more than {MaxDepth} deep: serialize it to a text");
        json.WritePropertyName("value"u8);
        value.WriteTo(json);
    }

    private static int Depth(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(p => Depth(p.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(Depth).DefaultIfEmpty().Max(),
        _ => 0,
    };

    public static void Write(Utf8JsonWriter json, string traceId, Assessment assessment)
    {
        json.WriteStartObject();
        json.WriteString("assessment_id"u8, assessment.Id);
        json.WriteString("assessment_name"u8, assessment.Name);
        json.WriteString("trace_id"u8, traceId);
        TraceJson.Optional(json, "span_id"u8, assessment.SpanId);
        TraceJson.Optional(json, "source"u8, assessment.Source);
        json.WriteString("create_time"u8, TraceJson.Text(assessment.CreatedAt));
        json.WriteString("last_update_time"u8, TraceJson.Text(assessment.UpdatedAt));
        Feedback(json, assessment.Feedback);
        TraceJson.Optional(json, "expectation"u8, assessment.Expectation);
        Issue(json, assessment.IssueName);
        TraceJson.Optional(json, "rationale"u8, assessment.Rationale);
        TraceJson.Map(json, "metadata"u8, assessment.Metadata);
        TraceJson.Optional(json, "overrides"u8, assessment.Overrides);
        json.WriteBoolean("valid"u8, assessment.Valid);
        json.WriteEndObject();
    }

    // Feedback of an error, too, has a value: null.
    private static void Feedback(Utf8JsonWriter json, JsonElement? feedback)
    {
        if (feedback is not { } fields)
            return;
        json.WriteStartObject("feedback"u8);
        if (!fields.TryGetProperty("value"u8, out _))
            json.WriteNull("value"u8);
        foreach (JsonProperty field in fields.EnumerateObject())
            field.WriteTo(json);
        json.WriteEndObject();
    }

    private static void Issue(Utf8JsonWriter json, string? name)
    {
        if (name is null)
            return;
        json.WriteStartObject("issue"u8);
        json.WriteString("issue_name"u8, name);
        json.WriteEndObject();
    }
}
