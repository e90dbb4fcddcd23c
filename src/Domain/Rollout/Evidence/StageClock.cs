namespace MlOps.Domain.Rollout.Evidence;

/// <summary>How far a step has come.</summary>
/// <param name="Elapsed">Since it began, pauses left out.</param>
/// <param name="Doubted">How far it had come when a guardrail was last broken or in doubt; null for never.</param>
internal readonly record struct StageClock(TimeSpan Elapsed, TimeSpan? Doubted, TimeSpan Bake, TimeSpan Deadline)
{
    public static StageClock Of(RolloutPolicy policy, CheckInput input) =>
        new(input.Elapsed(), input.Doubted, input.AwaitsApproval ? TimeSpan.Zero : policy.StageBake, policy.Deadline);

    /// <summary>
    /// When it may pass. A version somewhat worse than allowed is within its limits now and then by chance, the likelier the more often it
    /// is looked at; so a step that was in doubt passes only after it was within its limits as long again, and at least the bake.
    /// </summary>
    public TimeSpan Ready => Doubted is { } doubted ? doubted + (doubted > Bake ? doubted : Bake) : Bake;

    public bool IsReady => Elapsed >= Ready;

    public bool IsOver => Elapsed >= Deadline;
}
