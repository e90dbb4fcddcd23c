namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// Judges a step by fixed limits, as rollouts are that began before there were sequential tests. Missing numbers never count for the new
/// version: without requests a step waits and at the deadline fails; a champion without requests counts as one without errors.
/// </summary>
internal static class RolloutGuard
{
    /// <summary>Before <see cref="RolloutPolicy.MinRequests"/> a rate breaches only when it is above the limit beyond doubt: the lower end of its Wilson interval at three standard deviations (Wilson 1927).</summary>
    private const double Doubt = 3;

    private const int FewestRequests = 10;

    public static Judgement Judge(RolloutPolicy policy, double percent, TrafficNumbers canary, TrafficNumbers champion, TimeSpan elapsed)
    {
        long champions = ChampionReference.Needs(policy.MinRequests, percent);
        bool enough = canary.Requests >= policy.MinRequests && champion.Requests >= champions;
        if (Breach(policy, canary, champion, enough) is { } breach)
            return new(RolloutVerdict.Breach, breach);
        bool measured = enough && canary.P95 is not null && champion.P95 is not null;
        if (measured && elapsed >= policy.Bake)
            return new(RolloutVerdict.Pass, $"baked {DurationText.Of(elapsed)}: {Compared(canary, champion)}");
        string state = $"{canary.Requests} of {policy.MinRequests} requests, champion {champion.Requests} of {champions}, {DurationText.Of(elapsed)} of {DurationText.Of(policy.Bake)} baked";
        return elapsed >= policy.Deadline
            ? new(RolloutVerdict.CannotMeasure, $"not enough to judge by within the deadline of {DurationText.Of(policy.Deadline)}: {state}")
            : new(RolloutVerdict.Wait, state);
    }

    private static string? Breach(RolloutPolicy policy, TrafficNumbers canary, TrafficNumbers champion, bool enough) =>
        RateBreach("failed", policy, enough, canary.Errors, canary.Requests, champion.Errors, champion.Requests)
        ?? RateBreach("were rejected", policy, enough, canary.Rejected, canary.Requests + canary.Rejected, champion.Rejected, champion.Requests + champion.Rejected)
        ?? (enough ? LatencyBreach(policy, canary, champion) : null);

    private static string? RateBreach(string what, RolloutPolicy policy, bool enough, long bad, long all, long championBad, long championAll)
    {
        double limit = Rate(championBad, championAll) + policy.MaxErrorRateIncrease;
        double rate = enough ? Rate(bad, all) : all < FewestRequests ? 0 : WilsonLower(bad, all);
        return rate <= limit ? null
            : $"{bad} of {all} requests {what} ({Rate(bad, all):P2}), the champion's {championBad} of {championAll} ({Rate(championBad, championAll):P2}); allowed is {policy.MaxErrorRateIncrease:P2} more";
    }

    private static string? LatencyBreach(RolloutPolicy policy, TrafficNumbers canary, TrafficNumbers champion) =>
        canary.P95 is { } p95 && champion.P95 is { } reference
        && p95 > reference * policy.MaxLatencyRatio && p95 - reference > policy.LatencyTolerance.TotalMilliseconds
            ? $"p95 latency is {p95:0.###} ms, {p95 / reference:0.##} times the champion's {reference:0.###} ms; allowed is {policy.MaxLatencyRatio:0.##} times"
            : null;

    private static string Compared(TrafficNumbers canary, TrafficNumbers champion) =>
        $"{canary.Errors} of {canary.Requests} requests failed, the champion's {champion.Errors} of {champion.Requests}; p95 latency {canary.P95:0.###} ms, the champion's {champion.P95:0.###} ms";

    private static double Rate(long bad, long all) => all == 0 ? 0 : (double)bad / all;

    private static double WilsonLower(long bad, long all)
    {
        double p = Rate(bad, all);
        double z2 = Doubt * Doubt / all;
        return (p + (z2 / 2) - Math.Sqrt(z2 * ((p * (1 - p)) + (z2 / 4)))) / (1 + z2);
    }
}
