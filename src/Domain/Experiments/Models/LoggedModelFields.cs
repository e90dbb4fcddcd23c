using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Experiments.Models;

/// <summary>What logged models are searched by.</summary>
/// <param name="datasets">On which metrics count; all when empty.</param>
/// <param name="latest">One value a metric, its latest, to order by.</param>
internal sealed class LoggedModelFields(IReadOnlyList<ModelDataset> datasets, bool latest) : ISearchFields<LoggedModel>
{
    private const string Known = "metrics.<key>, params.<key>, tags.<key>, name, model_id, model_type, status, source_run_id, creation_timestamp or last_updated_timestamp";

    public SearchField<LoggedModel>? Find(string? entity, string key, out string why)
    {
        why = $"a logged model has no '{(entity is null ? key : $"{entity}.{key}")}': {Known}";
        return entity switch
        {
            "metrics" or "metric" when latest => SearchField<LoggedModel>.OfNumber(m => Values(m, key).MaxBy(v => v.Order)?.Value, optional: true),
            "metrics" or "metric" => SearchField<LoggedModel>.OfNumbers(m => Values(m, key).Select(v => v.Value)),
            "params" or "param" => SearchField<LoggedModel>.OfText(m => m.Params.GetValueOrDefault(key), optional: true),
            "tags" or "tag" => SearchField<LoggedModel>.OfText(m => m.Tags.GetValueOrDefault(key), optional: true),
            null or "attributes" or "attribute" => Attribute(key),
            _ => null,
        };
    }

    private IEnumerable<ModelMetric> Values(LoggedModel model, string key) =>
        model.Metrics.Where(m => m.Name == key && (datasets.Count == 0 || datasets.Any(d => d.Has(m))));

    private static SearchField<LoggedModel>? Attribute(string key) => key switch
    {
        "name" => SearchField<LoggedModel>.OfText(m => m.Name),
        "experiment_id" => SearchField<LoggedModel>.OfText(m => m.ExperimentId),
        "artifact_location" => SearchField<LoggedModel>.OfText(ArtifactUris.OfModel),
        "model_id" => SearchField<LoggedModel>.OfText(m => m.Id),
        "model_type" => SearchField<LoggedModel>.OfText(m => m.Type),
        "status" => SearchField<LoggedModel>.OfText(m => StatusOf(m.Status)),
        "source_run_id" => SearchField<LoggedModel>.OfText(m => m.SourceRunId),
        "creation_timestamp" or "creation_time" or "creation_timestamp_ms" => SearchField<LoggedModel>.OfStart(m => m.CreatedAt.ToUnixTimeMilliseconds()),
        "last_updated_timestamp" or "last_updated_time" or "last_updated_timestamp_ms" => SearchField<LoggedModel>.OfNumber(m => m.UpdatedAt.ToUnixTimeMilliseconds()),
        _ => null,
    };

    /// <summary>As MLflow's clients name it.</summary>
    private static string StatusOf(LoggedModelStatus status) => status == LoggedModelStatus.UploadFailed ? "FAILED" : status.ToString().ToUpperInvariant();
}
