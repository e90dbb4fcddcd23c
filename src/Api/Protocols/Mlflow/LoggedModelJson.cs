using System.Text.Json;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Logged models as they are answered; see <see cref="MlflowJson"/>.</summary>
internal static class LoggedModelJson
{
    private static readonly string[] Statuses = ["LOGGED_MODEL_STATUS_UNSPECIFIED", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"];

    public static void Model(Utf8JsonWriter json, LoggedModel model)
    {
        json.WriteStartObject();
        json.WriteStartObject("info"u8);
        Info(json, model);
        json.WriteEndObject();
        json.WriteStartObject("data"u8);
        MlflowJson.Pairs(json, "params"u8, model.Params);
        Metrics(json, model);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Info(Utf8JsonWriter json, LoggedModel model)
    {
        json.WriteString("model_id"u8, model.Id);
        json.WriteString("experiment_id"u8, model.ExperimentId);
        json.WriteString("name"u8, model.Name);
        json.WriteNumber("creation_timestamp_ms"u8, model.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("last_updated_timestamp_ms"u8, model.UpdatedAt.ToUnixTimeMilliseconds());
        json.WriteString("artifact_uri"u8, ArtifactUris.OfModel(model));
        json.WriteString("status"u8, Statuses[(int)model.Status]);
        if (model.Type is not null)
            json.WriteString("model_type"u8, model.Type);
        if (model.SourceRunId is not null)
            json.WriteString("source_run_id"u8, model.SourceRunId);
        if (model.StatusMessage is not null)
            json.WriteString("status_message"u8, model.StatusMessage);
        MlflowJson.Pairs(json, "tags"u8, model.Tags);
    }

    private static void Metrics(Utf8JsonWriter json, LoggedModel model)
    {
        if (model.Metrics.Count == 0)
            return;
        json.WriteStartArray("metrics"u8);
        foreach (ModelMetric metric in model.Metrics)
        {
            json.WriteStartObject();
            json.WriteString("key"u8, metric.Name);
            json.WritePropertyName("value"u8);
            MlflowJson.Number(json, metric.Value);
            json.WriteNumber("timestamp"u8, metric.Time.ToUnixTimeMilliseconds());
            json.WriteNumber("step"u8, metric.Step);
            if (metric.DatasetName is not null)
                json.WriteString("dataset_name"u8, metric.DatasetName);
            if (metric.DatasetDigest is not null)
                json.WriteString("dataset_digest"u8, metric.DatasetDigest);
            json.WriteString("model_id"u8, model.Id);
            json.WriteString("run_id"u8, metric.RunId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
