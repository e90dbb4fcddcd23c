namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>Whose answers of which time are compared.</summary>
/// <param name="Paired">The new version is a shadow: both answered the same requests.</param>
/// <param name="CanarySince">Since the step began.</param>
/// <param name="ChampionSince">As long, but at the last step, where it has no traffic any more.</param>
internal sealed record AnswerWindow(string Model, int Canary, int Champion, bool Paired, DateTimeOffset CanarySince, DateTimeOffset ChampionSince, DateTimeOffset To)
{
    public DateTimeOffset From => ChampionSince < CanarySince ? ChampionSince : CanarySince;

    /// <summary>Whether a row of the model's log is one of the version's in the window.</summary>
    public bool Has(int version, DateTimeOffset at) => (version == Canary && at >= CanarySince) || (version == Champion && at >= ChampionSince);
}
