using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace MlOps.Cli.Moving.Traces;

/// <summary>Traces in MLflow's SQLite file: of version 2, and of version 3 with previews, assessments and, lately, spans as rows.</summary>
internal sealed class SqliteTraces(MlflowDatabase database)
{
    private const int PageSize = 200;

    /// <summary>Those of an experiment, a page at a time.</summary>
    public IEnumerable<MovedTrace> All(string experimentId)
    {
        if (!database.Has("trace_info"))
            yield break;
        string columns = $"request_id, timestamp_ms, execution_time_ms, status, {Optional("client_request_id")}, {Optional("request_preview")}, {Optional("response_preview")}";
        string after = "";
        List<(string Id, Func<MovedTrace> Read)> page;
        do
        {
            page = [.. database.Query(
                $"SELECT {columns} FROM trace_info WHERE experiment_id = $experiment AND request_id > $after ORDER BY request_id LIMIT $limit", Row,
                ("$experiment", experimentId), ("$after", after), ("$limit", PageSize))];
            foreach ((string id, Func<MovedTrace> read) in page)
                yield return Read(id, read);
            after = page.Count > 0 ? page[^1].Id : after;
        }
        while (page.Count == PageSize);
    }

    /// <summary>The file that rows of spans are; null when it has none.</summary>
    public MovedContent? Spans(MovedTrace trace)
    {
        if (!database.Has("spans"))
            return null;
        var spans = new JsonArray([.. database.Query("SELECT content FROM spans WHERE trace_id = $id ORDER BY start_time_unix_nano, span_id", r => JsonNode.Parse(r.GetString(0)), ("$id", trace.Id))]);
        if (spans.Count == 0)
            return null;
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["spans"] = spans });
        return new MovedContent(new MemoryStream(bytes), bytes.Length);
    }

    private string Optional(string column) => database.Column("trace_info", column);

    private static MovedTrace Read(string id, Func<MovedTrace> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (StrangeValues.AreIn(e))
        {
            return MovedTrace.Strange(id, e);
        }
    }

    /// <summary>The columns are read now, what other tables have of it when it is its turn.</summary>
    private (string, Func<MovedTrace>) Row(SqliteDataReader row)
    {
        string id = row.GetString(0);
        MovedTrace trace = Read(id, () =>
        {
            MovedTrace read = TraceFields.Of(id, row.WholeOf(1) ?? 0, row.WholeOf(2), row.TextOf(3), [], []);
            foreach ((int column, string name) in new[] { (4, "client_request_id"), (5, "request_preview"), (6, "response_preview") })
            {
                if (row.TextOf(column) is { } text)
                    read.Info[name] = text;
            }

            return read;
        });
        return (id, () => trace.Unreadable is not null ? trace : Whole(trace));
    }

    private MovedTrace Whole(MovedTrace trace)
    {
        trace.Info["trace_metadata"] = Map("trace_request_metadata", trace.Id);
        trace.Info["tags"] = Map("trace_tags", trace.Id);
        JsonNode[] assessments = [.. Assessments(trace.Id)];
        if (assessments.Length > 0)
            trace.Info["assessments"] = new JsonArray(assessments);
        return trace;
    }

    private JsonObject Map(string table, string id) => new(database.Pairs(table, ("$id", id), "request_id = $id").Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));

    private IEnumerable<JsonObject> Assessments(string id) => database.Has("assessments")
        ? database.Query(
            "SELECT assessment_id, name, assessment_type, value, error, created_timestamp, last_updated_timestamp, source_type, source_id, span_id, rationale, overrides, valid, assessment_metadata "
            + "FROM assessments WHERE trace_id = $id ORDER BY created_timestamp, assessment_id", r => Assessment(r, id), ("$id", id))
        : [];

    private static JsonObject Assessment(SqliteDataReader row, string traceId)
    {
        var assessment = new JsonObject
        {
            ["assessment_id"] = row.GetString(0),
            ["assessment_name"] = row.GetString(1),
            ["trace_id"] = traceId,
            ["source"] = new JsonObject { ["source_type"] = row.TextOf(7), ["source_id"] = row.TextOf(8) },
            ["create_time"] = TraceFields.Time(row.WholeOf(5) ?? 0),
            ["last_update_time"] = TraceFields.Time(row.WholeOf(6) ?? 0),
            ["valid"] = row.WholeOf(12) != 0,
        };
        string kind = row.TextOf(2) ?? "feedback";
        assessment[kind] = Value(kind, row.TextOf(3) ?? "null", row.TextOf(4));
        foreach ((int column, string name) in new[] { (9, "span_id"), (10, "rationale"), (11, "overrides") })
        {
            if (row.TextOf(column) is { } text)
                assessment[name] = text;
        }

        if (row.TextOf(13) is { } metadata)
            assessment["metadata"] = JsonNode.Parse(metadata);
        return assessment;
    }

    /// <summary>Expected lists and objects go as texts, so that whole numbers in them stay such.</summary>
    private static JsonObject Value(string kind, string json, string? error)
    {
        JsonNode? value = JsonNode.Parse(json);
        // One that points to an issue says its name, and nothing else.
        if (kind == "issue" && value is JsonObject issue)
            return issue;
        if (kind == "expectation" && value is JsonObject or JsonArray)
            return new JsonObject { ["serialized_value"] = new JsonObject { ["serialization_format"] = "JSON_FORMAT", ["value"] = json } };
        var told = new JsonObject { ["value"] = value };
        if (error is not null)
            told["error"] = JsonNode.Parse(error);
        return told;
    }
}
