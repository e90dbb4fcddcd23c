using System.Globalization;
using System.Text.Json;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Traces as they are read and answered: as MLflow 3 has them, with times as RFC 3339 and spans of time in seconds, and as MLflow 2 had.</summary>
internal static class TraceJson
{
    public static readonly Dictionary<string, int> States = new(StringComparer.Ordinal)
    {
        ["STATE_UNSPECIFIED"] = 0,
        ["TRACE_STATUS_UNSPECIFIED"] = 0,
        ["OK"] = 1,
        ["ERROR"] = 2,
        ["IN_PROGRESS"] = 3,
    };

    private static readonly string[] StateNames = ["STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"];

    /// <summary>What a client of MLflow 3 stores, <c>trace_info</c>.</summary>
    public static Trace Read(MlflowFields info, Func<string, MlflowFields, IReadOnlyList<Assessment>> assessments)
    {
        string experiment = info.RequiredObject("trace_location").RequiredObject("mlflow_experiment").RequiredText("experiment_id");
        string id = info.RequiredText("trace_id");
        return new Trace(id, experiment, Time(info, "request_time") ?? throw info.Invalid("request_time", "is missing, expected a time as RFC 3339 has it"))
        {
            ClientRequestId = info.Text("client_request_id"),
            RequestPreview = info.Text("request_preview"),
            ResponsePreview = info.Text("response_preview"),
            Milliseconds = Duration(info, "execution_duration"),
            State = (TraceState)(info.Choice("state", States) ?? 0),
            Metadata = info.Map("trace_metadata"),
            Tags = info.Map("tags"),
            Assessments = assessments(id, info),
        };
    }

    public static void Info(Utf8JsonWriter json, Trace trace)
    {
        json.WriteStartObject();
        json.WriteString("trace_id"u8, trace.Id);
        Optional(json, "client_request_id"u8, trace.ClientRequestId);
        json.WriteStartObject("trace_location"u8);
        json.WriteString("type"u8, "MLFLOW_EXPERIMENT"u8);
        json.WriteStartObject("mlflow_experiment"u8);
        json.WriteString("experiment_id"u8, trace.ExperimentId);
        json.WriteEndObject();
        json.WriteEndObject();
        Optional(json, "request_preview"u8, trace.RequestPreview);
        Optional(json, "response_preview"u8, trace.ResponsePreview);
        json.WriteString("request_time"u8, Text(trace.StartedAt));
        if (trace.Milliseconds is { } duration)
            json.WriteString("execution_duration"u8, (duration / 1000m).ToString(duration % 1000 == 0 ? "0's'" : "0.000's'", CultureInfo.InvariantCulture));
        json.WriteString("state"u8, StateNames[(int)trace.State]);
        Map(json, "trace_metadata"u8, trace.Metadata);
        Map(json, "tags"u8, trace.AllTags());
        if (trace.Assessments.Count > 0)
        {
            json.WriteStartArray("assessments"u8);
            foreach (Assessment assessment in trace.Assessments)
                AssessmentJson.Write(json, trace.Id, assessment);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>As clients before 3.0 read it.</summary>
    public static void OldInfo(Utf8JsonWriter json, Trace trace)
    {
        json.WriteStartObject();
        json.WriteString("request_id"u8, trace.Id);
        json.WriteString("experiment_id"u8, trace.ExperimentId);
        json.WriteNumber("timestamp_ms"u8, trace.StartedAt.ToUnixTimeMilliseconds());
        if (trace.Milliseconds is { } duration)
            json.WriteNumber("execution_time_ms"u8, duration);
        json.WriteString("status"u8, trace.State == TraceState.Unspecified ? "TRACE_STATUS_UNSPECIFIED" : StateNames[(int)trace.State]);
        MlflowJson.Pairs(json, "request_metadata"u8, trace.Metadata);
        MlflowJson.Pairs(json, "tags"u8, trace.AllTags());
        json.WriteEndObject();
    }

    /// <summary>As protobuf writes times: with milliseconds where there are some.</summary>
    public static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString(time.Millisecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static void Optional(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }

    public static void Optional(Utf8JsonWriter json, ReadOnlySpan<byte> name, JsonElement? value)
    {
        if (value is not { } element)
            return;
        json.WritePropertyName(name);
        element.WriteTo(json);
    }

    public static void Map(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> texts)
    {
        if (texts.Count == 0)
            return;
        json.WriteStartObject(name);
        foreach ((string key, string value) in texts)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    /// <summary>A time as RFC 3339 has it; null when absent.</summary>
    public static DateTimeOffset? Time(MlflowFields fields, string name) => fields.Text(name) is not { Length: > 0 } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time
        : throw fields.Invalid(name, $"is '{text}', expected a time as RFC 3339 has it, such as 2026-01-31T12:00:00Z");

    /// <summary>Seconds with an <c>s</c> behind, as protobuf writes them.</summary>
    private static long? Duration(MlflowFields fields, string name) => fields.Text(name) is not { Length: > 0 } text ? null
        : text.EndsWith('s') && decimal.TryParse(text[..^1], NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal seconds) && Math.Abs(seconds) < 1e12m ? (long)(seconds * 1000)
        : throw fields.Invalid(name, $"is '{text}', expected seconds such as 1.5s");
}
