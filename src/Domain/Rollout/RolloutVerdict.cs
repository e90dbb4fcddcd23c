namespace MlOps.Domain.Rollout;

public enum RolloutVerdict
{
    /// <summary>Not enough time or data yet, nothing wrong so far.</summary>
    Wait,

    Pass,

    /// <summary>Worse than allowed: roll back now.</summary>
    Breach,

    /// <summary>The deadline passed without enough data: not a success.</summary>
    CannotMeasure,

    /// <summary>Not to go on for now: a soft limit is broken or in doubt, or somebody or a freeze window holds it.</summary>
    Hold,
}

/// <param name="Cause">Of a hold, and of what a pause does not hold up: why, in a word that stays the same while the numbers change.</param>
internal sealed record Judgement(RolloutVerdict Verdict, string Reason, string? Cause = null);
