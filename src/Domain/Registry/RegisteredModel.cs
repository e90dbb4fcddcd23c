namespace MlOps.Domain.Registry;

/// <summary>A named line of model versions.</summary>
/// <param name="LatestVersion">The highest of its versions; 0 while there is none.</param>
/// <param name="Aliases">Version by alias.</param>
public sealed record RegisteredModel(
    string Name,
    string? Description,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    int LatestVersion,
    IReadOnlyDictionary<string, int> Aliases)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}
