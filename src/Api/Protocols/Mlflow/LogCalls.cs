using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Api.Http;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/runs/{log-metric,log-parameter,set-tag,delete-tag,log-batch,log-model}</c> do.</summary>
internal sealed class LogCalls(ExperimentTracker tracker)
{
    private static readonly string[] ModelFields = ["artifact_path", "flavors", "utc_time_created", "run_id"];

    public Task MetricAsync(ApiCall call, MlflowFields fields) => LogAsync(call, fields, new RunChanges { Metrics = [MetricOf(fields)] }, [fields]);

    /// <summary>Null when the body is to be read as fields, as of the next.</summary>
    public Task? PlainMetricAsync(ApiCall call, ReadOnlyMemory<byte> body) => PlainMetrics.One(body.Span) is { } plain ? LogAsync(call, plain.Run, plain.Points) : null;

    public Task? PlainBatchAsync(ApiCall call, ReadOnlyMemory<byte> body)
    {
        MlflowLimits.CheckBatch(body.Span);
        return PlainMetrics.Batch(body.Span) is { } plain ? LogAsync(call, plain.Run, plain.Points) : null;
    }

    public Task ParameterAsync(ApiCall call, MlflowFields fields)
    {
        (string key, string value) = MlflowLimits.Param(fields);
        return LogAsync(call, fields, new RunChanges { Params = new Dictionary<string, string> { [key] = value } });
    }

    public Task SetTagAsync(ApiCall call, MlflowFields fields) => LogAsync(call, fields, Tagged([MlflowLimits.RunTag(fields)]));

    public async Task DeleteTagAsync(ApiCall call, MlflowFields fields)
    {
        string id = RunCalls.IdOf(fields);
        string key = fields.RequiredText("key");
        Run run = await tracker.GetRunAsync(id, call.Aborted);
        if (run.DeletedAt is null && !run.Tags.ContainsKey(key))
            throw MlOpsException.NotFound("tag-missing", $"No tag with name: {key} in run with id {id}");
        await LogAsync(call, fields, new RunChanges { Tags = new Dictionary<string, string?> { [key] = null } });
    }

    public Task BatchAsync(ApiCall call, MlflowFields fields)
    {
        IReadOnlyList<MlflowFields> metrics = MlflowLimits.Objects(fields, "metrics", MlflowLimits.BatchMetrics);
        IReadOnlyList<MlflowFields> parameters = MlflowLimits.Objects(fields, "params", MlflowLimits.BatchPairs);
        IReadOnlyList<MlflowFields> tags = MlflowLimits.Objects(fields, "tags", MlflowLimits.BatchPairs);
        int all = metrics.Count + parameters.Count + tags.Count;
        if (all > MlflowLimits.BatchEntities)
            throw MlOpsException.Invalid("field-invalid", $"A batch logging request can contain at most {MlflowLimits.BatchEntities} metrics, params and tags. Got {all}: send it in parts.");
        return LogAsync(call, fields, Tagged([.. tags.Select(MlflowLimits.RunTag)]) with
        {
            Metrics = [.. metrics.Select(MetricOf)],
            Params = ParamsOf(parameters),
        }, metrics);
    }

    /// <summary>Clients before 3.0 say so of each model that they logged as an artifact.</summary>
    public async Task ModelAsync(ApiCall call, MlflowFields fields)
    {
        JsonObject model = ModelOf(fields, fields.RequiredText("model_json"));
        // What describes the model's columns can be far longer than a tag; readers take it from the model itself.
        model.Remove("signature");
        await LogAsync(call, fields, new RunChanges { LoggedModel = model.ToJsonString() });
    }

    private async Task LogAsync(ApiCall call, string run, IReadOnlyList<MetricPoint> points)
    {
        await tracker.LogAsync(run, new RunChanges { Metrics = points, IsForeign = true }, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    /// <summary>To the run, and what was logged with a model's id to that model, too. All of it may be repeated.</summary>
    private async Task LogAsync(ApiCall call, MlflowFields fields, RunChanges changes, IReadOnlyList<MlflowFields>? metrics = null)
    {
        string run = RunCalls.IdOf(fields);
        IGrouping<string, ModelMetric>[] byModel = [.. OfModels(run, changes.Metrics, metrics ?? []).GroupBy(m => m.Model, m => m.Metric)];
        foreach (IGrouping<string, ModelMetric> model in byModel)
            await tracker.Models.GetAsync(model.Key, call.Aborted);
        await tracker.LogAsync(run, changes with { IsForeign = true }, call.Aborted);
        foreach (IGrouping<string, ModelMetric> model in byModel)
            await tracker.Models.LogMetricsAsync(model.Key, [.. model], call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    private static IEnumerable<(string Model, ModelMetric Metric)> OfModels(string run, IReadOnlyList<MetricPoint> points, IReadOnlyList<MlflowFields> metrics)
    {
        for (int i = 0; i < metrics.Count; i++)
        {
            if (metrics[i].Text("model_id") is { Length: > 0 } model)
                yield return (model, new ModelMetric(run, points[i].Name, points[i].Value, points[i].Step, points[i].Time, Dataset(metrics[i], "dataset_name", MlflowLimits.DatasetNameChars), Dataset(metrics[i], "dataset_digest", MlflowLimits.DatasetDigestChars)));
        }
    }

    private static string? Dataset(MlflowFields metric, string field, int chars) => MlflowLimits.Checked(metric, field, chars) is { Length: > 0 } text ? text : null;

    private static MetricPoint MetricOf(MlflowFields fields)
    {
        long time = fields.RequiredInteger("timestamp");
        return new MetricPoint(
            fields.RequiredText("key"), fields.RequiredNumber("value"), fields.Integer("step") ?? 0,
            UnixTime.Of(time) ?? throw fields.Invalid("timestamp", UnixTime.Expected(time)));
    }

    private static Dictionary<string, string> ParamsOf(IReadOnlyList<MlflowFields> parameters)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (MlflowFields fields in parameters)
        {
            (string key, string value) = MlflowLimits.Param(fields);
            if (!all.TryAdd(key, value))
                throw fields.Invalid("key", $"is '{key}' a second time: a param has one value");
        }

        return all;
    }

    private static RunChanges Tagged((string Key, string Value)[] pairs)
    {
        var tags = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach ((string key, string value) in pairs)
            tags[key] = value;
        return new RunChanges { Tags = tags, Name = tags.GetValueOrDefault(RunTags.Name) is { Length: > 0 } name ? name : null };
    }

    private static JsonObject ModelOf(MlflowFields fields, string text)
    {
        JsonObject model = Parsed(text) as JsonObject ?? throw fields.Invalid("model_json", "is no JSON object");
        string[] missing = [.. ModelFields.Where(f => !model.ContainsKey(f))];
        return missing.Length == 0 ? model : throw fields.Invalid("model_json", $"lacks {string.Join(", ", missing)}");
    }

    private static JsonNode? Parsed(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
