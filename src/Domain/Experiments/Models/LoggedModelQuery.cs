namespace MlOps.Domain.Experiments.Models;

/// <summary>A search over logged models that are not deleted.</summary>
/// <param name="ExperimentIds">Those that do not exist or are deleted have no models.</param>
public sealed record LoggedModelQuery(IReadOnlyList<string> ExperimentIds)
{
    /// <summary>As of runs: <c>metrics.k</c>, <c>params.k</c>, <c>tags.k</c>, <c>name</c>, <c>model_id</c>, <c>model_type</c>, <c>status</c>,
    /// <c>source_run_id</c>, <c>creation_timestamp</c>, <c>last_updated_timestamp</c>. Of a metric with several runs or data sets
    /// one that satisfies it is enough; of each only its latest value counts.</summary>
    public string? Filter { get; init; }

    /// <summary>When not empty, only metrics on one of these count, and a model needs one.</summary>
    public IReadOnlyList<ModelDataset> Datasets { get; init; } = [];

    /// <summary>Then follow the newest first and the id.</summary>
    public IReadOnlyList<ModelOrder> OrderBy { get; init; } = [];

    /// <summary>Models a page, 1 or more. Default 50.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>From the page before, of the same query with any limit.</summary>
    public string? Continuation { get; init; }
}

/// <param name="Digest">Null for any.</param>
public sealed record ModelDataset(string Name, string? Digest = null)
{
    internal bool Has(ModelMetric metric) => metric.DatasetName == Name && (Digest is null || metric.DatasetDigest == Digest);
}

/// <param name="Field">A field of the model, or <c>metrics.k</c> without quotes: its latest value.</param>
/// <param name="Dataset">On which the metric was measured; null for any.</param>
public sealed record ModelOrder(string Field, bool Descending = false, ModelDataset? Dataset = null);

/// <summary>A page of logged models; null on the last.</summary>
public sealed record LoggedModelPage(IReadOnlyList<LoggedModel> Models, string? Continuation);
