using MlOps.Domain.Rollout.Evidence;

namespace MlOps.Domain.Rollout.Steps;

/// <summary>What holds a step up that could go on: a missing approval, a pause, a freeze.</summary>
internal static class StepHolds
{
    private const string Pause = "pause";
    private const string Freeze = "freeze";

    /// <summary>
    /// A step that has passed goes on only when nobody paused it and no freeze is on. A pause stops the deadline as well, and nothing else
    /// that makes a rollout go back.
    /// </summary>
    public static CheckResult Apply(RolloutPolicy policy, CheckInput input, CheckResult result)
    {
        DateTimeOffset? frozen = input.Sequential ? FreezeWindow.Until(policy.Freeze, input.Now) : null;
        if (frozen is not null && result.Evidence?.Bandit is { } bandit)
            result = result with { Evidence = result.Evidence with { Bandit = Kept(bandit, input) } };
        bool waits = result is { Verdict: RolloutVerdict.Pass } or { Verdict: RolloutVerdict.CannotMeasure, Cause: not StageJudge.SampleRatioMismatch };
        if (input.PausedBy is { } by && waits)
            return Held(result, Pause, $"paused by {by}");
        return result.Verdict == RolloutVerdict.Pass && frozen is { } until ? Held(result, Freeze, FreezeWindow.Told(until)) : result;
    }

    /// <summary>
    /// The step before has passed: what counts now is that somebody approves in time. An approval says that people want it, not that the
    /// numbers do not matter: what speaks against the version stays.
    /// </summary>
    /// <param name="objection">What speaks against it; null for nothing.</param>
    public static Judgement Approval(RolloutPolicy policy, CheckInput input, Judgement? objection)
    {
        if (objection is { Verdict: RolloutVerdict.Breach or RolloutVerdict.CannotMeasure } || (objection is not null && input.Approved))
            return objection;
        if (input.Approved)
            return new(RolloutVerdict.Pass, "approved");
        if (input.Elapsed() >= policy.Deadline)
            return new(RolloutVerdict.CannotMeasure, $"nobody approved within the deadline of {DurationText.Of(policy.Deadline)}");
        return objection ?? new(RolloutVerdict.Wait, $"version {input.Version} awaits approval");
    }

    /// <summary>Where there is nothing to compare.</summary>
    public static CheckResult Unmeasured(RolloutPolicy policy, CheckInput input)
    {
        Judgement judgement = input.AwaitsApproval ? Approval(policy, input, null)
            : input.Elapsed() >= policy.Deadline ? new(RolloutVerdict.CannotMeasure, "no traffic within the deadline")
            : new(RolloutVerdict.Wait, "no traffic yet");
        return new CheckResult(judgement.Verdict, judgement.Reason, null, null, null);
    }

    /// <summary>Whether the verdict is to be stored: of holds each cause once a step.</summary>
    public static bool IsDecision(CheckInput input, CheckResult result) => result.Verdict switch
    {
        RolloutVerdict.Wait => false,
        RolloutVerdict.Hold => input.HeldBy is { } known ? !known.Contains(result.Cause ?? "") : !input.Held,
        _ => true,
    };

    /// <summary>In a freeze no share rises.</summary>
    private static BanditEvidence Kept(BanditEvidence bandit, CheckInput input) => bandit.Arms is { } wanted && input.Arms is { } now
        ? bandit with { Arms = BanditShares.Kept(now, wanted) }
        : bandit with { Percent = Math.Min(bandit.Percent, input.Percent) };

    private static CheckResult Held(CheckResult result, string cause, string why) =>
        result with { Verdict = RolloutVerdict.Hold, Reason = $"{why}; else: {result.Reason}", Cause = cause };
}
