namespace MlOps.Domain.Registry;

public enum ModelEventKind
{
    Registered,
    AliasSet,
    AliasDeleted,
}

/// <summary>One change of a registered model: who, what, when.</summary>
/// <param name="Revision">1, 2, 3, ... per model, in the order the changes were made.</param>
/// <param name="By">The principal, workflow or person that the caller named.</param>
/// <param name="Version">The version registered, or that the alias points to since.</param>
/// <param name="PreviousVersion">Where the alias pointed before; null when it is new.</param>
public sealed record ModelEvent(
    long Revision,
    DateTimeOffset At,
    string By,
    ModelEventKind Kind,
    int? Version,
    string? Alias = null,
    int? PreviousVersion = null);
