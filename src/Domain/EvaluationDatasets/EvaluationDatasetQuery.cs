using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.EvaluationDatasets;

/// <summary>A search over evaluation data sets, in the language of <see cref="RunQuery"/>.</summary>
public sealed record EvaluationDatasetQuery
{
    /// <summary>Those of one of them; empty for all, of no experiment too. A deleted experiment keeps its data sets.</summary>
    public IReadOnlyList<string> ExperimentIds { get; init; } = [];

    /// <summary>By <c>name</c>, <c>created_time</c>, <c>last_update_time</c>, <c>created_by</c>, <c>last_updated_by</c>, <c>tags.k</c>; null or blank for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Fields with ASC or DESC. Without one the newest first.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>Data sets a page, 1 or more. Default 1,000.</summary>
    public int Limit { get; init; } = 1_000;

    /// <summary>From the page before, of the same query with any limit.</summary>
    public string? Continuation { get; init; }
}

/// <summary>A page of data sets; null on the last.</summary>
public sealed record EvaluationDatasetPage(IReadOnlyList<EvaluationDataset> Datasets, string? Continuation);

/// <summary>What evaluation data sets are searched by: MLflow's names.</summary>
internal sealed class EvaluationDatasetFields : ISearchFields<EvaluationDataset>
{
    private const string Known = "name, created_time, last_update_time, created_by, last_updated_by or tags.<key>";

    public SearchField<EvaluationDataset>? Find(string? entity, string key, out string why)
    {
        why = $"an evaluation data set has no '{(entity is null ? key : $"{entity}.{key}")}': {Known}";
        return entity switch
        {
            null or "attribute" or "attributes" => Attribute(key),
            "tag" or "tags" => SearchField<EvaluationDataset>.OfText(d => d.Tags.GetValueOrDefault(key), optional: true),
            _ => null,
        };
    }

    private static SearchField<EvaluationDataset>? Attribute(string key) => key switch
    {
        "name" => SearchField<EvaluationDataset>.OfText(d => d.Name),
        "created_time" => SearchField<EvaluationDataset>.OfNumber(d => d.CreatedAt.ToUnixTimeMilliseconds()),
        "last_update_time" => SearchField<EvaluationDataset>.OfNumber(d => d.UpdatedAt.ToUnixTimeMilliseconds()),
        "created_by" => SearchField<EvaluationDataset>.OfText(d => d.CreatedBy, optional: true),
        "last_updated_by" => SearchField<EvaluationDataset>.OfText(d => d.UpdatedBy, optional: true),
        _ => null,
    };
}
