using System.Globalization;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Makes one verdict on a step out of all evidence. Missing evidence is never a success.</summary>
internal static class StageJudge
{
    /// <summary>The cause of a verdict that a pause does not hold up.</summary>
    public const string SampleRatioMismatch = "sampleRatioMismatch";

    public static Judgement Judge(RolloutEvidence evidence, StageClock clock)
    {
        Judgement? objection = Objection(evidence);
        if (objection is { Verdict: not RolloutVerdict.Hold })
            return objection;
        if (evidence.Goal is { Verdict: EvidenceVerdict.Breached } missed)
            return new(RolloutVerdict.Breach, missed.Reason);
        MetricEvidence? open = evidence.Guardrails.Append(evidence.Goal).FirstOrDefault(g => g is { Verdict: not EvidenceVerdict.Met });
        if (open is null && clock.IsReady)
            return new(RolloutVerdict.Pass, $"baked {DurationText.Of(clock.Elapsed)}: {string.Join("; ", evidence.Guardrails.Append(evidence.Goal).OfType<MetricEvidence>().Select(g => g.Reason))}");
        if (clock.IsOver)
            return open is null ? Unsettled(clock) : AtDeadline(open, clock.Deadline);
        return objection ?? new(RolloutVerdict.Wait, $"{open?.Reason ?? (clock.Doubted is null ? "no breach" : "no breach any more")}; {DurationText.Of(clock.Elapsed)} of {DurationText.Of(clock.Ready)} baked");
    }

    /// <summary>
    /// While a step that has passed waits for its approval: what speaks against going on whether or not somebody approves. Null when nothing does.
    /// </summary>
    public static Judgement? Waiting(RolloutEvidence evidence, StageClock clock)
    {
        if (Objection(evidence) is { } objection)
            return objection.Verdict == RolloutVerdict.Hold && clock.IsOver ? AtDeadline(evidence.Guardrails.First(IsInDoubt), clock.Deadline) : objection;
        if (clock.IsReady)
            return null;
        return clock.IsOver ? Unsettled(clock) : new(RolloutVerdict.Wait, $"no breach any more; {DurationText.Of(clock.Elapsed)} of {DurationText.Of(clock.Ready)} waited");
    }

    /// <summary>Whether a guardrail is broken or worse than its limit for now: the step must then settle first.</summary>
    public static bool IsInDoubt(RolloutEvidence? evidence) => evidence?.Guardrails.Any(IsInDoubt) == true;

    /// <summary>What speaks against the version, however far the step has come: mismatched shares, a hard breach, a soft breach or doubt.</summary>
    private static Judgement? Objection(RolloutEvidence evidence)
    {
        if (evidence.SampleRatio is { PValue: < SampleRatio.Alarm } ratio)
            return new(RolloutVerdict.CannotMeasure, Mismatch(ratio), SampleRatioMismatch);
        if (evidence.Guardrails.FirstOrDefault(g => g is { Verdict: EvidenceVerdict.Breached, Level: GuardrailLevel.Hard }) is { } breach)
            return new(RolloutVerdict.Breach, breach.Reason);
        return evidence.Guardrails.FirstOrDefault(IsInDoubt) is { } doubtful ? Hold(doubtful) : null;
    }

    private static bool IsInDoubt(MetricEvidence? metric) => metric is { Verdict: EvidenceVerdict.Breached or EvidenceVerdict.Doubtful, Level: not null };

    private static Judgement Hold(MetricEvidence metric) => new(RolloutVerdict.Hold, metric.Reason, EnumWord.Of(metric.Metric));

    private static Judgement AtDeadline(MetricEvidence open, TimeSpan deadline) => open.Verdict is EvidenceVerdict.Unmeasured || open.Level is null
        ? new(RolloutVerdict.CannotMeasure, $"not enough to judge by within the deadline of {DurationText.Of(deadline)}: {open.Reason}")
        : new(RolloutVerdict.Breach, $"still held at the deadline of {DurationText.Of(deadline)}: {open.Reason}");

    private static Judgement Unsettled(StageClock clock) => new(
        RolloutVerdict.CannotMeasure,
        $"not settled within the deadline of {DurationText.Of(clock.Deadline)}: it was in doubt until {DurationText.Of(clock.Doubted ?? clock.Elapsed)} after the step began, and must be within its limits as long again");

    private static string Mismatch(SampleRatioEvidence ratio) => string.Create(
        CultureInfo.InvariantCulture,
        $"sample ratio mismatch: {ratio.Canary:N0} of {ratio.Canary + ratio.Others:N0} units met the new version, expected {100 * ratio.Share:0.##} % (p = {ratio.PValue:0.##e+0}): units were lost or doubled on the way, so no comparison can be trusted");
}
