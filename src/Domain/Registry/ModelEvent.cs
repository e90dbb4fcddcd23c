namespace MlOps.Domain.Registry;

public enum ModelEventKind
{
    Registered,
    AliasSet,
    AliasDeleted,

    /// <summary>The alias went back to where it was before.</summary>
    AliasRolledBack,

    /// <summary>The model was created, before its first version.</summary>
    Created,
    Renamed,
    Described,
    Tagged,
    Untagged,
    StageChanged,

    /// <summary>The files of an MLflow client became a model of ours.</summary>
    Imported,

    /// <summary>With the aliases that pointed to it.</summary>
    VersionDeleted,
}

/// <summary>One change of a registered model: who, what, when.</summary>
/// <param name="Revision">1, 2, 3, ... per model, in the order the changes were made.</param>
/// <param name="By">The principal, workflow or person that the caller named.</param>
/// <param name="Version">The version that it is about, or that the alias points to since; null when it is about the model.</param>
/// <param name="PreviousVersion">Where the alias pointed before; null when it is new.</param>
public sealed record ModelEvent(
    long Revision,
    DateTimeOffset At,
    string By,
    ModelEventKind Kind,
    int? Version,
    string? Alias = null,
    int? PreviousVersion = null)
{
    /// <summary>The tag's key, the stage, or the new name.</summary>
    public string? Subject { get; init; }

    /// <summary>The aliases that went with a deleted version.</summary>
    public IReadOnlyList<string>? Aliases { get; init; }
}
