using System.Globalization;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// Judges a guardrail or one side of a goal by a sequential test: looked at every few seconds, a version that is no worse than allowed is
/// taken for worse with at most the probability alpha.
/// </summary>
/// <param name="alpha">Of one test; see <see cref="AlphaBudget"/>.</param>
internal sealed class GuardrailJudge(double alpha)
{
    /// <summary>Below so many independent samples variances are no estimates yet.</summary>
    public const long Fewest = 10;

    /// <summary>Standard deviations of the bound of a champion's share.</summary>
    private const double Doubt = 3;

    private const double Rounding = 1e-9;

    public MetricEvidence Judge(Guardrail guardrail, Comparison seen, long needed, long championNeeded)
    {
        EvidenceVerdict verdict = VerdictOf(guardrail, seen, needed, championNeeded);
        string reason = Reason(guardrail, verdict, seen, needed, championNeeded);
        return Evidence(guardrail.Metric, guardrail.Level, verdict, seen, TestOf(guardrail.Metric, guardrail.Max), guardrail.Max, reason);
    }

    public EvidenceVerdict VerdictOf(Guardrail guardrail, Comparison seen, long needed, long championNeeded)
    {
        double margin = TestScale.Margin(guardrail.Metric, guardrail.Max);
        bool enough = seen.CanarySamples >= needed && seen.ChampionSamples >= championNeeded && double.IsFinite(seen.Worse.Value)
            && (guardrail.Metric != RolloutMetric.PredictionShift || IsEstimate(guardrail.Metric, seen));
        return Breached(guardrail.Metric, TestOf(guardrail.Metric, guardrail.Max), seen, margin, enough) || IsTooMuchForFew(seen, margin) ? EvidenceVerdict.Breached
            : !enough ? EvidenceVerdict.Unmeasured
            : seen.Worse.Value > margin ? EvidenceVerdict.Doubtful
            : EvidenceVerdict.Met;
    }

    /// <summary>Met: better than 0, or not worse than the margin. Breached: worse than that.</summary>
    public MetricEvidence Judge(RolloutGoal goal, Comparison seen, long needed)
    {
        EvidenceVerdict verdict = VerdictOf(goal, seen, needed);
        string asked = goal.Margin > 0 ? string.Create(CultureInfo.InvariantCulture, $"not worse by {goal.Margin}") : "better";
        return Evidence(goal.Metric, null, verdict, seen, new MixtureSprt(alpha, goal.MinEffect), goal.Margin, $"{seen.Shown(goal.Metric)}: {Told(verdict)} {asked}");
    }

    public EvidenceVerdict VerdictOf(RolloutGoal goal, Comparison seen, long needed)
    {
        var test = new MixtureSprt(alpha, goal.MinEffect);
        long least = Math.Max(needed, Fewest);
        return seen.CanarySamples < least || seen.ChampionSamples < least || Math.Min(seen.CanaryUnits, seen.ChampionUnits) < Fewest || !(seen.Worse.Variance > 0) ? EvidenceVerdict.Unmeasured
            : test.IsBelow(seen.Worse, goal.Margin) ? EvidenceVerdict.Met
            : test.IsAbove(seen.Worse, goal.Margin) ? EvidenceVerdict.Breached
            : EvidenceVerdict.Doubtful;
    }

    private static string Told(EvidenceVerdict verdict) => verdict switch
    {
        EvidenceVerdict.Met => "shown to be",
        EvidenceVerdict.Breached => "shown not to be",
        EvidenceVerdict.Unmeasured => "too few to tell whether it is",
        _ => "not yet clear whether it is",
    };

    private static bool Breached(RolloutMetric metric, MixtureSprt test, Comparison seen, double margin, bool enough) =>
        IsEstimate(metric, seen) && (metric != RolloutMetric.PredictionShift || enough) && (test.IsAbove(seen.Proven, margin) || IsOutOfRange(seen.Proven));

    /// <summary>Whether there are so many that a breach can be told. Of rates a champion with hardly any requests is bounded (<see cref="Comparison.Proven"/>); what is read from the log has no bound.</summary>
    private static bool IsEstimate(RolloutMetric metric, Comparison seen) =>
        seen.CanaryUnits >= Fewest && (!MetricNames.IsOfLog(metric) || seen.ChampionUnits >= Fewest);

    /// <summary>Errors whose squares are too large for a number are worse than any limit.</summary>
    private static bool IsOutOfRange(MeanDifference worse) => worse.Value > 0 && (double.IsInfinity(worse.Value) || double.IsInfinity(worse.Variance));

    private MixtureSprt TestOf(RolloutMetric metric, double max) => new(alpha, TestScale.Tau(metric, max));

    private static MetricEvidence Evidence(
        RolloutMetric metric, GuardrailLevel? level, EvidenceVerdict verdict, Comparison seen, MixtureSprt test, double limit, string reason) => new(
        metric, level, verdict, seen.Canary, seen.Champion, seen.CanarySamples, seen.ChampionSamples,
        Finite(TestScale.Shown(metric, test.LowerBound(seen.Proven))), Finite(TestScale.Shown(metric, test.UpperBound(seen.Worse))), limit, reason, Finite(seen.DesignEffect));

    private static string Reason(Guardrail guardrail, EvidenceVerdict verdict, Comparison seen, long needed, long championNeeded) => verdict == EvidenceVerdict.Unmeasured
        ? string.Create(CultureInfo.InvariantCulture, $"{MetricNames.Of(guardrail.Metric)}: {seen.CanarySamples:N0} of {needed:N0} samples, champion {seen.ChampionSamples:N0} of {championNeeded:N0}{Few(guardrail.Metric, seen)}")
        : $"{seen.Shown(guardrail.Metric)}; allowed is {Allowed(guardrail)}";

    /// <summary>
    /// Of fewer units than a variance takes: whether so many of them would fail by chance, were each to fail as often as the champion's may at most
    /// (Wilson's bound of its units) and as much more as is allowed. Exact binomial, alpha divided among the numbers of units at which it may be asked.
    /// </summary>
    private bool IsTooMuchForFew(Comparison seen, double margin)
    {
        if (seen.ByUnit is not { } shares || seen.CanaryUnits is < 1 or >= Fewest || seen.CanarySamples < Fewest || seen.ChampionUnits < 1)
            return false;
        double most = Proportions.WilsonUpper(shares.Champion, seen.ChampionUnits, Doubt) + margin;
        int failing = (int)Math.Floor((shares.Canary * seen.CanaryUnits) + Rounding);
        return most < 1 && Proportions.AtLeast(failing, (int)seen.CanaryUnits, most) <= alpha / Fewest;
    }

    private static string Few(RolloutMetric metric, Comparison seen) => metric == RolloutMetric.PredictionShift && !IsEstimate(metric, seen)
        ? $"; they are of {seen.CanaryUnits} and {seen.ChampionUnits} requests or units, and {Fewest} of each are needed"
        : "";

    private static string Allowed(Guardrail guardrail) => guardrail.Metric switch
    {
        RolloutMetric.LatencyP95 => string.Create(CultureInfo.InvariantCulture, $"{guardrail.Max:0.##} times the champion's"),
        RolloutMetric.PredictionShift => string.Create(CultureInfo.InvariantCulture, $"{guardrail.Max:0.##}"),
        RolloutMetric.Disagreement => string.Create(CultureInfo.InvariantCulture, $"{100 * guardrail.Max:0.##} %"),
        RolloutMetric.Accuracy => string.Create(CultureInfo.InvariantCulture, $"{100 * guardrail.Max:0.##} % less"),
        RolloutMetric.Reward => string.Create(CultureInfo.InvariantCulture, $"{guardrail.Max:0.####} less"),
        RolloutMetric.ErrorRate or RolloutMetric.RejectedRate => string.Create(CultureInfo.InvariantCulture, $"{100 * guardrail.Max:0.##} % more"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{guardrail.Max:0.####} more"),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
