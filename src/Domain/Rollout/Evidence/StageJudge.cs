using System.Globalization;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Makes one verdict on a step out of all evidence. Missing evidence is never a success.</summary>
internal static class StageJudge
{
    /// <param name="elapsed">Since the step began, pauses left out.</param>
    public static Judgement Judge(RolloutEvidence evidence, TimeSpan elapsed, TimeSpan bake, TimeSpan deadline)
    {
        // Requests that failed are units that met nobody: what explains the ratio comes before it.
        if (evidence.Guardrails.FirstOrDefault(g => g is { Verdict: EvidenceVerdict.Breached, Level: GuardrailLevel.Hard, Metric: RolloutMetric.ErrorRate or RolloutMetric.RejectedRate }) is { } failing)
            return new(RolloutVerdict.Breach, failing.Reason);
        if (evidence.SampleRatio is { PValue: < SampleRatio.Alarm } ratio)
            return new(RolloutVerdict.CannotMeasure, Mismatch(ratio));
        if (Of(evidence, EvidenceVerdict.Breached, GuardrailLevel.Hard) is { } breach)
            return new(RolloutVerdict.Breach, breach.Reason);
        if (evidence.Goal is { Verdict: EvidenceVerdict.Breached } missed)
            return new(RolloutVerdict.Breach, missed.Reason);
        MetricEvidence? open = evidence.Guardrails.Append(evidence.Goal).FirstOrDefault(g => g is { Verdict: not EvidenceVerdict.Met });
        if (open is null && elapsed >= bake)
            return new(RolloutVerdict.Pass, $"baked {Shown(elapsed)}: {string.Join("; ", evidence.Guardrails.Append(evidence.Goal).OfType<MetricEvidence>().Select(g => g.Reason))}");
        if (open is not null && elapsed >= deadline)
            return AtDeadline(open, deadline);
        return open is { Verdict: EvidenceVerdict.Breached or EvidenceVerdict.Doubtful, Level: not null }
            ? new(RolloutVerdict.Hold, open.Reason)
            : new(RolloutVerdict.Wait, $"{open?.Reason ?? "no breach"}; {Shown(elapsed)} of {Shown(bake)} baked");
    }

    public static string Shown(TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(time.TotalMinutes < 2 ? $"{time.TotalSeconds:0.#} s" : time.TotalHours < 2 ? $"{time.TotalMinutes:0.#} min" : time.TotalDays < 3 ? $"{time.TotalHours:0.#} h" : $"{time.TotalDays:0.#} d")}");

    private static Judgement AtDeadline(MetricEvidence open, TimeSpan deadline) => open.Verdict is EvidenceVerdict.Unmeasured || open.Level is null
        ? new(RolloutVerdict.CannotMeasure, $"not enough to judge by within the deadline of {Shown(deadline)}: {open.Reason}")
        : new(RolloutVerdict.Breach, $"still held at the deadline of {Shown(deadline)}: {open.Reason}");

    private static MetricEvidence? Of(RolloutEvidence evidence, EvidenceVerdict verdict, GuardrailLevel level) =>
        evidence.Guardrails.FirstOrDefault(g => g.Verdict == verdict && g.Level == level);

    private static string Mismatch(SampleRatioEvidence ratio) => string.Create(
        CultureInfo.InvariantCulture,
        $"sample ratio mismatch: {ratio.Canary:N0} of {ratio.Canary + ratio.Others:N0} units met the new version, expected {100 * ratio.Share:0.##} % (p = {ratio.PValue:0.##e+0}): units were lost or doubled on the way, so no comparison can be trusted");
}
