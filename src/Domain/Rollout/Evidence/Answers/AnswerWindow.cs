using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>Whose answers of which time are compared.</summary>
/// <param name="Paired">The new version is a shadow: both answered the same requests.</param>
/// <param name="CanarySince">Since the step began.</param>
/// <param name="ChampionSince">As long, but at the last step, where it has no traffic any more.</param>
/// <param name="Others">Of a bandit: its further new versions.</param>
/// <param name="Copied">Which requests, by id and the server's number, a shadow gets copies of; null for all.</param>
internal sealed record AnswerWindow(
    string Model, int Canary, int Champion, bool Paired, DateTimeOffset CanarySince, DateTimeOffset ChampionSince, DateTimeOffset To, Func<string, ulong, bool>? Copied = null, IReadOnlyList<int>? Others = null)
{
    public DateTimeOffset From => ChampionSince < CanarySince ? ChampionSince : CanarySince;

    /// <summary>Whether a row of the model's log is one of the version's in the window.</summary>
    public bool Has(int version, DateTimeOffset at) => ((version == Canary || Others?.Contains(version) == true) && at >= CanarySince) || (version == Champion && at >= ChampionSince);

    /// <summary>Not those of testers. Of a shadow's step: its rows are those of its own log, and the champion's those that were copied.</summary>
    public bool Has(in RowHead row, bool isShadow) => !row.Arrival.IsNamed && IsOf(row, isShadow);

    private bool IsOf(in RowHead row, bool isShadow) => !Paired ? Has(row.Version, row.Time)
        : isShadow ? row.Version == Canary : row.Version == Champion && Copied?.Invoke(row.RequestId, row.Arrival.Draw) != false;
}
