namespace MlOps.Domain.Experiments;

/// <summary>
/// Params, metrics and tags to log in one step: either all of it is taken or, when something in it is invalid or contradicts an
/// earlier param, nothing.
/// </summary>
public sealed record RunChanges
{
    public static readonly IReadOnlyDictionary<string, string> NoTexts = new Dictionary<string, string>();

    /// <summary>Immutable once logged: the same value again is fine, another one is a Conflict.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = NoTexts;

    public IReadOnlyList<MetricPoint> Metrics { get; init; } = [];

    /// <summary>The last value stands; a null removes the tag.</summary>
    public IReadOnlyDictionary<string, string?> Tags { get; init; } = new Dictionary<string, string?>();
}
