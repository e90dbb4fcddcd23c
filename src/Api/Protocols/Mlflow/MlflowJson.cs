using System.Text.Encodings.Web;
using System.Text.Json;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// The objects of MLflow's API as they are answered: lists that are empty and texts that are not set are left out, as protobuf's JSON
/// leaves them out; whole numbers are numbers.
/// </summary>
internal static class MlflowJson
{
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private static readonly string[] Statuses = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

    public static void Experiment(Utf8JsonWriter json, Experiment experiment)
    {
        json.WriteStartObject();
        json.WriteString("experiment_id"u8, experiment.Id);
        json.WriteString("name"u8, experiment.Name);
        json.WriteString("artifact_location"u8, ArtifactUris.OfExperiment(experiment));
        json.WriteString("lifecycle_stage"u8, Stage(experiment.DeletedAt));
        Time(json, "last_update_time"u8, experiment.UpdatedAt);
        Time(json, "creation_time"u8, experiment.CreatedAt);
        Pairs(json, "tags"u8, experiment.Tags);
        json.WriteEndObject();
    }

    public static void Run(Utf8JsonWriter json, Run run)
    {
        json.WriteStartObject();
        Parts(json, run);
        json.WriteEndObject();
    }

    /// <summary>The fields of a run, for who adds more.</summary>
    public static void Parts(Utf8JsonWriter json, Run run)
    {
        Begun(json, run);
        json.WriteStartObject("outputs"u8);
        Links(json, "model_outputs"u8, run.ModelOutputs, true);
        json.WriteEndObject();
    }

    /// <summary>What a run has from its start; MLflow's server does not speak of outputs then.</summary>
    public static void Begun(Utf8JsonWriter json, Run run)
    {
        json.WritePropertyName("info"u8);
        Info(json, run);
        json.WriteStartObject("data"u8);
        Metrics(json, run.LatestMetrics);
        Pairs(json, "params"u8, run.Params);
        Pairs(json, "tags"u8, run.Tags);
        json.WriteEndObject();
        json.WriteStartObject("inputs"u8);
        Inputs(json, run);
        json.WriteEndObject();
    }

    public static void Info(Utf8JsonWriter json, Run run)
    {
        json.WriteStartObject();
        json.WriteString("run_id"u8, run.Id);
        json.WriteString("run_uuid"u8, run.Id);
        json.WriteString("experiment_id"u8, run.ExperimentId);
        json.WriteString("run_name"u8, run.Name);
        json.WriteString("user_id"u8, run.User ?? "");
        json.WriteString("status"u8, Statuses[(int)run.Status]);
        Time(json, "start_time"u8, run.StartedAt);
        if (run.EndedAt is { } end)
            Time(json, "end_time"u8, end);
        json.WriteString("artifact_uri"u8, ArtifactUris.OfRun(run));
        json.WriteString("lifecycle_stage"u8, Stage(run.DeletedAt));
        json.WriteEndObject();
    }

    /// <param name="runId">Where points of several runs stand in one list.</param>
    public static void Metric(Utf8JsonWriter json, MetricPoint point, string? runId = null)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, point.Name);
        json.WritePropertyName("value"u8);
        Number(json, point.Value);
        Time(json, "timestamp"u8, point.Time);
        json.WriteNumber("step"u8, point.Step);
        if (runId is not null)
            json.WriteString("run_id"u8, runId);
        json.WriteEndObject();
    }

    /// <summary>MLflow's own server cannot store infinities; its clients know the largest numbers in their place.</summary>
    public static void Number(Utf8JsonWriter json, double value)
    {
        if (double.IsNaN(value))
            json.WriteStringValue("NaN"u8);
        else
            json.WriteNumberValue(Math.Clamp(value, double.MinValue, double.MaxValue));
    }

    private static void Metrics(Utf8JsonWriter json, IReadOnlyList<MetricPoint> points)
    {
        if (points.Count == 0)
            return;
        json.WriteStartArray("metrics"u8);
        foreach (MetricPoint point in points)
            Metric(json, point);
        json.WriteEndArray();
    }

    public static void Pairs(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> pairs)
    {
        if (pairs.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach ((string key, string value) in pairs)
        {
            json.WriteStartObject();
            json.WriteString("key"u8, key);
            json.WriteString("value"u8, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Inputs(Utf8JsonWriter json, Run run)
    {
        DatasetInput[] inputs = [.. run.Inputs, .. DatasetOf(run)];
        if (inputs.Length > 0)
        {
            json.WriteStartArray("dataset_inputs"u8);
            foreach (DatasetInput input in inputs)
                Input(json, input);
            json.WriteEndArray();
        }

        Links(json, "model_inputs"u8, run.ModelInputs, false);
    }

    /// <summary>A run of our own says which data set version it was trained on.</summary>
    private static IEnumerable<DatasetInput> DatasetOf(Run run)
    {
        if (run.Lineage.Dataset is { } dataset && !run.Inputs.Any(i => i.Name == dataset))
            yield return new DatasetInput(dataset, run.Lineage.DatasetDigest ?? "", "mlops", JsonSerializer.Serialize(dataset)) { Tags = TrainingContext };
    }

    private static readonly Dictionary<string, string> TrainingContext = new() { ["mlflow.data.context"] = "training" };

    private static void Input(Utf8JsonWriter json, DatasetInput input)
    {
        json.WriteStartObject();
        Pairs(json, "tags"u8, input.Tags);
        json.WriteStartObject("dataset"u8);
        json.WriteString("name"u8, input.Name);
        json.WriteString("digest"u8, input.Digest);
        json.WriteString("source_type"u8, input.SourceType);
        json.WriteString("source"u8, input.Source);
        if (input.Schema is not null)
            json.WriteString("schema"u8, input.Schema);
        if (input.Profile is not null)
            json.WriteString("profile"u8, input.Profile);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void Dataset(Utf8JsonWriter json, DatasetSummary dataset)
    {
        json.WriteStartObject();
        json.WriteString("experiment_id"u8, dataset.ExperimentId);
        json.WriteString("name"u8, dataset.Name);
        json.WriteString("digest"u8, dataset.Digest);
        if (dataset.Context is not null)
            json.WriteString("context"u8, dataset.Context);
        json.WriteEndObject();
    }

    private static void Links(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<ModelLink> links, bool steps)
    {
        if (links.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (ModelLink link in links)
        {
            json.WriteStartObject();
            json.WriteString("model_id"u8, link.ModelId);
            if (steps)
                json.WriteNumber("step"u8, link.Step);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Time(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset time) => json.WriteNumber(name, time.ToUnixTimeMilliseconds());

    private static string Stage(DateTimeOffset? deletedAt) => deletedAt is null ? "active" : "deleted";
}
