using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Registry.Search;

/// <summary>What models are searched by: MLflow's names.</summary>
internal sealed class ModelFields : ISearchFields<RegisteredModel>
{
    private const string Known = "name, creation_timestamp, last_updated_timestamp or tags.<key>";

    public bool AsksForPrompts { get; private set; }

    public SearchField<RegisteredModel>? Find(string? entity, string key, out string why)
    {
        why = $"a registered model has no '{(entity is null ? key : $"{entity}.{key}")}': {Known}";
        AsksForPrompts |= key == Prompts.Tag;
        return entity switch
        {
            null or "attribute" or "attributes" => Attribute(key),
            "tag" or "tags" when key == Prompts.Tag => SearchField<RegisteredModel>.OfText(m => m.Tags.GetValueOrDefault(key, "false"), optional: true),
            "tag" or "tags" => SearchField<RegisteredModel>.OfText(m => m.Tags.GetValueOrDefault(key), optional: true),
            _ => null,
        };
    }

    private static SearchField<RegisteredModel>? Attribute(string key) => key switch
    {
        "name" => SearchField<RegisteredModel>.OfText(m => m.Name),
        "creation_timestamp" => SearchField<RegisteredModel>.OfNumber(m => m.CreatedAt.ToUnixTimeMilliseconds()),
        // MLflow's server takes the short name for the time of the last change, too.
        "last_updated_timestamp" or "timestamp" => SearchField<RegisteredModel>.OfNumber(m => m.UpdatedAt.ToUnixTimeMilliseconds()),
        _ => null,
    };
}

/// <summary>What versions are searched by.</summary>
internal sealed class VersionFields : ISearchFields<ModelVersion>
{
    private const string Known = "name, version_number, run_id, source_path, creation_timestamp, last_updated_timestamp or tags.<key>";

    public bool AsksForPrompts { get; private set; }

    public SearchField<ModelVersion>? Find(string? entity, string key, out string why)
    {
        why = $"a model version has no '{(entity is null ? key : $"{entity}.{key}")}': {Known}";
        AsksForPrompts |= key == Prompts.Tag;
        return entity switch
        {
            null or "attribute" or "attributes" => Attribute(key),
            "tag" or "tags" when key == Prompts.Tag => SearchField<ModelVersion>.OfText(v => v.Tags.GetValueOrDefault(key, "false"), optional: true),
            "tag" or "tags" => SearchField<ModelVersion>.OfText(v => v.Tags.GetValueOrDefault(key), optional: true),
            _ => null,
        };
    }

    private static SearchField<ModelVersion>? Attribute(string key) => key switch
    {
        "name" => SearchField<ModelVersion>.OfText(v => v.Model),
        "run_id" => SearchField<ModelVersion>.OfText(v => v.RunId.Length == 0 ? null : v.RunId),
        "source_path" => SearchField<ModelVersion>.OfText(v => v.SourceUri),
        "version_number" => SearchField<ModelVersion>.OfNumber(v => v.Version),
        "creation_timestamp" => SearchField<ModelVersion>.OfNumber(v => v.CreatedAt.ToUnixTimeMilliseconds()),
        "last_updated_timestamp" => SearchField<ModelVersion>.OfNumber(v => v.UpdatedAt.ToUnixTimeMilliseconds()),
        _ => null,
    };
}
