namespace MlOps.Domain.Registry.Search;

/// <summary>A search over registered models or versions, in the language of <see cref="Experiments.Search.RunQuery"/>.</summary>
public sealed record RegistryQuery
{
    /// <summary>Null or blank for all but prompts, which MLflow keeps here too: they are found by their tag.</summary>
    public string? Filter { get; init; }

    /// <summary>Fields with ASC or DESC. Without one: models by name; versions changed last first.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>Items a page, 1 or more.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>From the page before, of the same query with any limit.</summary>
    public string? Continuation { get; init; }
}

/// <summary>A page of what was found.</summary>
/// <param name="Continuation">Null on the last.</param>
public sealed record RegistryPage<T>(IReadOnlyList<T> Items, string? Continuation);
