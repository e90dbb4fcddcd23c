using System.Globalization;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// Judges guardrails and goals by sequential tests: looked at every few seconds, they roll a version that is no worse than allowed back
/// with at most the policy's probability alpha in all, for it is shared out among all guardrails and steps.
/// </summary>
internal sealed class GuardrailJudge(double alpha)
{
    /// <summary>Below so many samples variances are no estimates yet.</summary>
    private const long Fewest = 10;

    /// <summary>What rates are told apart by where a limit says nothing smaller: so large a failure is found within some dozens of requests.</summary>
    private const double UsualTau = 0.05;

    public MetricEvidence Judge(Guardrail guardrail, Comparison seen, long needed, long championNeeded)
    {
        MixtureSprt test = TestOf(guardrail.Metric, guardrail.Max);
        // The share of slow requests has its limit built in.
        double margin = guardrail.Metric == RolloutMetric.LatencyP95 ? 0 : guardrail.Max;
        bool enough = seen.CanarySamples >= needed && seen.ChampionSamples >= championNeeded && double.IsFinite(seen.Worse.Value);
        EvidenceVerdict verdict = Breached(guardrail.Metric, test, seen, margin, enough) ? EvidenceVerdict.Breached
            : !enough ? EvidenceVerdict.Unmeasured
            : seen.Worse.Value > margin ? EvidenceVerdict.Doubtful
            : EvidenceVerdict.Met;
        return Evidence(guardrail.Metric, guardrail.Level, verdict, seen, test, guardrail.Max, Reason(guardrail, verdict, seen, needed, championNeeded));
    }

    /// <summary>Met: better than 0, or not worse than the margin. Breached: worse than that.</summary>
    public MetricEvidence Judge(RolloutGoal goal, Comparison seen, long needed)
    {
        var test = new MixtureSprt(alpha, goal.MinEffect);
        bool enough = seen.CanarySamples >= needed && seen.ChampionSamples >= needed && seen.Worse.Variance > 0;
        EvidenceVerdict verdict = !enough ? EvidenceVerdict.Unmeasured
            : test.IsBelow(seen.Worse, goal.Margin) ? EvidenceVerdict.Met
            : test.IsAbove(seen.Worse, goal.Margin) ? EvidenceVerdict.Breached
            : EvidenceVerdict.Doubtful;
        string asked = goal.Margin > 0 ? string.Create(CultureInfo.InvariantCulture, $"not worse by {goal.Margin}") : "better";
        return Evidence(goal.Metric, null, verdict, seen, test, goal.Margin, $"{seen.Shown(goal.Metric)}: {Told(verdict)} {asked}");
    }

    private static string Told(EvidenceVerdict verdict) => verdict switch
    {
        EvidenceVerdict.Met => "shown to be",
        EvidenceVerdict.Breached => "shown not to be",
        EvidenceVerdict.Unmeasured => "too few to tell whether it is",
        _ => "not yet clear whether it is",
    };

    private static bool Breached(RolloutMetric metric, MixtureSprt test, Comparison seen, double margin, bool enough) => metric == RolloutMetric.PredictionShift
        ? enough && seen.Worse.Value - (3 * Math.Sqrt(seen.Worse.Variance)) > margin
        : seen.CanarySamples >= Fewest && (test.IsAbove(seen.Worse, margin) || IsOutOfRange(seen.Worse));

    /// <summary>Errors whose squares are too large for a number are worse than any limit.</summary>
    private static bool IsOutOfRange(MeanDifference worse) => worse.Value > 0 && (double.IsInfinity(worse.Value) || double.IsInfinity(worse.Variance));

    private MixtureSprt TestOf(RolloutMetric metric, double max) => new(alpha, MetricNames.IsUnbounded(metric) ? max : Math.Max(UsualTau, metric == RolloutMetric.LatencyP95 ? 0 : max));

    private static MetricEvidence Evidence(
        RolloutMetric metric, GuardrailLevel? level, EvidenceVerdict verdict, Comparison seen, MixtureSprt test, double limit, string reason) => new(
        metric, level, verdict, seen.Canary, seen.Champion, seen.CanarySamples, seen.ChampionSamples,
        Finite(test.LowerBound(seen.Worse)), Finite(test.UpperBound(seen.Worse)), limit, reason);

    private static string Reason(Guardrail guardrail, EvidenceVerdict verdict, Comparison seen, long needed, long championNeeded) => verdict == EvidenceVerdict.Unmeasured
        ? string.Create(CultureInfo.InvariantCulture, $"{MetricNames.Of(guardrail.Metric)}: {seen.CanarySamples:N0} of {needed:N0} samples, champion {seen.ChampionSamples:N0} of {championNeeded:N0}")
        : $"{seen.Shown(guardrail.Metric)}; allowed is {Allowed(guardrail)}";

    private static string Allowed(Guardrail guardrail) => guardrail.Metric switch
    {
        RolloutMetric.LatencyP95 => string.Create(CultureInfo.InvariantCulture, $"{guardrail.Max:0.##} times the champion's"),
        RolloutMetric.PredictionShift => string.Create(CultureInfo.InvariantCulture, $"{guardrail.Max:0.##}"),
        RolloutMetric.Disagreement => string.Create(CultureInfo.InvariantCulture, $"{100 * guardrail.Max:0.##} %"),
        RolloutMetric.Accuracy => string.Create(CultureInfo.InvariantCulture, $"{100 * guardrail.Max:0.##} % less"),
        RolloutMetric.ErrorRate or RolloutMetric.RejectedRate => string.Create(CultureInfo.InvariantCulture, $"{100 * guardrail.Max:0.##} % more"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{guardrail.Max:0.####} more"),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
