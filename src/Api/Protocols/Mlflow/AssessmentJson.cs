using System.Text.Json;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Assessments as they are read and answered.</summary>
internal static class AssessmentJson
{
    /// <param name="id">Of one that says no id.</param>
    public static Assessment Read(MlflowFields fields, string id, DateTimeOffset now)
    {
        JsonElement? feedback = fields.Element("feedback");
        JsonElement? expectation = fields.Element("expectation");
        if (feedback is null == expectation is null)
            throw fields.Invalid("feedback", "or `expectation` must be there, and not both");
        DateTimeOffset created = TraceJson.Time(fields, "create_time") ?? now;
        return new Assessment(fields.Text("assessment_id") is { Length: > 0 } given ? given : id, fields.RequiredText("assessment_name"), created, fields.Element("source"), feedback, expectation)
        {
            UpdatedAt = TraceJson.Time(fields, "last_update_time") ?? created,
            SpanId = fields.Text("span_id"),
            Rationale = fields.Text("rationale"),
            Metadata = fields.Map("metadata"),
            Overrides = fields.Text("overrides") is { Length: > 0 } overridden ? overridden : null,
            Valid = fields.Flag("valid") ?? true,
        };
    }

    public static void Write(Utf8JsonWriter json, string traceId, Assessment assessment)
    {
        json.WriteStartObject();
        json.WriteString("assessment_id"u8, assessment.Id);
        json.WriteString("assessment_name"u8, assessment.Name);
        json.WriteString("trace_id"u8, traceId);
        TraceJson.Optional(json, "span_id"u8, assessment.SpanId);
        Element(json, "source"u8, assessment.Source);
        json.WriteString("create_time"u8, TraceJson.Text(assessment.CreatedAt));
        json.WriteString("last_update_time"u8, TraceJson.Text(assessment.UpdatedAt));
        Element(json, "feedback"u8, assessment.Feedback);
        Element(json, "expectation"u8, assessment.Expectation);
        TraceJson.Optional(json, "rationale"u8, assessment.Rationale);
        TraceJson.Map(json, "metadata"u8, assessment.Metadata);
        TraceJson.Optional(json, "overrides"u8, assessment.Overrides);
        json.WriteBoolean("valid"u8, assessment.Valid);
        json.WriteEndObject();
    }

    private static void Element(Utf8JsonWriter json, ReadOnlySpan<byte> name, JsonElement? value)
    {
        if (value is not { } element)
            return;
        json.WritePropertyName(name);
        element.WriteTo(json);
    }
}
