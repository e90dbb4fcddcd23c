namespace MlOps.Domain.Serving.Models;

/// <summary>How far a version's model is in this process.</summary>
public enum ModelPhase
{
    /// <summary>Nobody has asked for it, or it went for others: the next request loads it.</summary>
    Unloaded,

    Loading,

    Loaded,

    /// <summary>Its load failed a short while ago.</summary>
    Failed,
}

/// <summary>What is known of a version's model.</summary>
/// <param name="Error">Why its load failed; null for all but <see cref="ModelPhase.Failed"/>.</param>
public sealed record ModelState(ModelPhase Phase, MlOpsException? Error = null)
{
    /// <summary>Whether a request would be answered, as far as one can know.</summary>
    public bool CanAnswer => Phase is ModelPhase.Unloaded or ModelPhase.Loaded;
}
