using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.EvaluationDatasets;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Evaluation data sets as MLflow's clients read them: tags, schema, profile and records are JSON within a text.</summary>
internal static class EvaluationDatasetJson
{
    private const int MaxPending = 32 << 10;

    private static readonly JsonWriterOptions Plain = new() { Encoder = MlflowJson.Encoder, SkipValidation = true };

    public static void Dataset(Utf8JsonWriter json, EvaluationDataset dataset, IReadOnlyList<string> experiments)
    {
        json.WriteStartObject();
        json.WriteString("dataset_id"u8, dataset.Id);
        json.WriteString("name"u8, dataset.Name);
        Text(json, "tags"u8, dataset.Tags, static (inner, tags) => Fields(inner, tags));
        if (dataset.Schema is { } schema)
            Text(json, "schema"u8, schema, Schema);
        if (dataset.Records > 0)
            Text(json, "profile"u8, dataset.Records, Profile);
        json.WriteString("digest"u8, dataset.Digest);
        json.WriteNumber("created_time"u8, dataset.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("last_update_time"u8, dataset.UpdatedAt.ToUnixTimeMilliseconds());
        TraceJson.Optional(json, "created_by"u8, dataset.CreatedBy);
        TraceJson.Optional(json, "last_updated_by"u8, dataset.UpdatedBy);
        Experiments(json, experiments);
        json.WriteEndObject();
    }

    public static void Experiments(Utf8JsonWriter json, IReadOnlyList<string> ids)
    {
        if (ids.Count == 0)
            return;
        json.WriteStartArray("experiment_ids"u8);
        foreach (string id in ids)
            json.WriteStringValue(id);
        json.WriteEndArray();
    }

    /// <summary>Written record by record: a page may have 16 MiB, and each of its quotes is escaped once more.</summary>
    public static async Task RecordsAsync(ApiCall call, string datasetId, RecordPage page)
    {
        PipeWriter body = call.Http.Response.BodyWriter;
        call.Http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(body, Plain);
        json.WriteStartObject();
        json.WritePropertyName("records"u8);
        var bytes = new ArrayBufferWriter<byte>();
        await using var inner = new Utf8JsonWriter(bytes, Plain);
        for (int i = 0; i < page.Records.Count; i++)
        {
            json.WriteStringValueSegment(i == 0 ? "["u8 : ","u8, isFinalSegment: false);
            Record(inner, datasetId, page.Records[i]);
            inner.Flush();
            json.WriteStringValueSegment(bytes.WrittenSpan, isFinalSegment: false);
            bytes.ResetWrittenCount();
            inner.Reset();
            if (json.BytesPending < MaxPending)
                continue;
            json.Flush();
            await body.FlushAsync(call.Aborted);
        }

        json.WriteStringValueSegment(page.Records.Count == 0 ? "[]"u8 : "]"u8, isFinalSegment: true);
        if (page.Continuation is not null)
            json.WriteString("next_page_token"u8, page.Continuation);
        json.WriteEndObject();
    }

    private static void Record(Utf8JsonWriter json, string datasetId, EvaluationRecord record)
    {
        json.WriteStartObject();
        json.WriteString("dataset_record_id"u8, record.Id);
        json.WriteString("dataset_id"u8, datasetId);
        TraceJson.Optional(json, "inputs"u8, record.Inputs);
        TraceJson.Optional(json, "expectations"u8, record.Expectations);
        json.WritePropertyName("tags"u8);
        if (record.Tags is { } tags)
            tags.WriteTo(json);
        else
            Fields(json, new Dictionary<string, string>());
        if (record.Source is { } source)
            Source(json, source);
        json.WriteNumber("created_time"u8, record.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("last_update_time"u8, record.UpdatedAt.ToUnixTimeMilliseconds());
        TraceJson.Optional(json, "created_by"u8, record.CreatedBy);
        TraceJson.Optional(json, "last_updated_by"u8, record.UpdatedBy);
        TraceJson.Optional(json, "outputs"u8, record.Outputs);
        json.WriteEndObject();
    }

    /// <summary>Its id beside it, which is that of a trace or what the data calls so.</summary>
    private static void Source(Utf8JsonWriter json, RecordSource source)
    {
        string kind = source.Kind.ToString().ToUpperInvariant();
        json.WriteStartObject("source"u8);
        json.WriteString("source_type"u8, kind);
        TraceJson.Optional(json, "source_data"u8, source.Data);
        json.WriteEndObject();
        if (source.Data.TryGetProperty(source.Kind == RecordSourceKind.Trace ? "trace_id"u8 : "source_id"u8, out JsonElement id) && id.ValueKind == JsonValueKind.String)
            json.WriteString("source_id"u8, id.GetString());
        // Here it is protobuf's name, which clients turn into a number.
        json.WriteString("source_type"u8, source.Kind == RecordSourceKind.Unspecified ? "SOURCE_TYPE_UNSPECIFIED" : kind);
    }

    private static void Schema(Utf8JsonWriter json, RecordSchema schema)
    {
        json.WriteStartObject();
        json.WritePropertyName("inputs"u8);
        Fields(json, schema.Inputs);
        json.WritePropertyName("outputs"u8);
        if (schema.OutputsType is { } type)
            json.WriteStringValue(type);
        else
            Fields(json, schema.Outputs);
        json.WritePropertyName("expectations"u8);
        Fields(json, schema.Expectations);
        json.WriteString("version"u8, "1.0"u8);
        json.WriteEndObject();
    }

    private static void Profile(Utf8JsonWriter json, int records)
    {
        json.WriteStartObject();
        json.WriteNumber("num_records"u8, records);
        json.WriteEndObject();
    }

    private static void Fields(Utf8JsonWriter json, IReadOnlyDictionary<string, string> fields)
    {
        json.WriteStartObject();
        foreach ((string name, string value) in fields)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void Text<T>(Utf8JsonWriter json, ReadOnlySpan<byte> name, T value, Action<Utf8JsonWriter, T> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var inner = new Utf8JsonWriter(bytes, Plain))
            write(inner, value);
        json.WriteString(name, bytes.WrittenSpan);
    }
}
