namespace MlOps.Domain.Experiments.Search;

/// <summary>What experiments are searched by.</summary>
internal sealed class ExperimentFields : ISearchFields<Experiment>
{
    public static readonly ExperimentFields All = new();

    private const string Known = "name, experiment_id, creation_time, last_update_time or tags.<key>";

    public SearchField<Experiment>? Find(string? entity, string key, out string why)
    {
        why = $"an experiment has no '{(entity is null ? key : $"{entity}.{key}")}': {Known}";
        return entity switch
        {
            null or "attribute" or "attributes" or "attr" => Attribute(key),
            "tag" or "tags" => SearchField<Experiment>.OfText(e => e.Tags.GetValueOrDefault(key), optional: true),
            _ => null,
        };
    }

    private static SearchField<Experiment>? Attribute(string key) => key switch
    {
        "name" => SearchField<Experiment>.OfText(e => e.Name),
        "experiment_id" => SearchField<Experiment>.OfNumber(e => long.Parse(e.Id, System.Globalization.CultureInfo.InvariantCulture)),
        "creation_time" => SearchField<Experiment>.OfNumber(e => e.CreatedAt.ToUnixTimeMilliseconds()),
        "last_update_time" => SearchField<Experiment>.OfNumber(e => e.UpdatedAt.ToUnixTimeMilliseconds()),
        _ => null,
    };
}
