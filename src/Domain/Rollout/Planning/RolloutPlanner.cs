using System.Globalization;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Rollout.Planning;

/// <summary>Reckons how long a policy takes by what the champion had to do lately.</summary>
internal sealed class RolloutPlanner(RolloutSources sources, TimeProvider time)
{
    private static readonly TimeSpan LongestLook = TimeSpan.FromDays(7);
    private static readonly TimeSpan ShortestLook = TimeSpan.FromMinutes(1);

    private readonly StepPlanner _steps = new(sources);

    public async Task<RolloutPlan> PlanAsync(Endpoint endpoint, ModelVersion champion, RolloutPolicy policy, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan over = now - endpoint.ChangedAt < LongestLook && endpoint.Traffic.Count == 1 ? now - endpoint.ChangedAt : LongestLook;
        var look = new PlanLook(policy, champion.Signature, endpoint.Model, champion.Version, now - over, now, await TrafficAsync(endpoint, now - over, cancellationToken), (await sources.Policies.GetAsync(endpoint.Model, cancellationToken)).Policy);
        if (over < ShortestLook)
            return Plan(look, [], $"the traffic of '{endpoint.Model}' changed {DurationText.Of(over)} ago: plan again when it has been measured for {DurationText.Of(ShortestLook)}");
        if (look.Traffic.Requests == 0)
            return Plan(look, [], $"'{endpoint.Model}' had no request in {DurationText.Of(over)}: at the present traffic no step of a rollout can end");
        if (RolloutStage.IsWatched(policy) && LogNeeds.Of(policy) is { Count: > 0 } needs && LogNeeds.IsOff(look.Log))
            return Plan(look, [], LogNeeds.Told(look.Model, needs));
        var steps = new List<PlannedStep>();
        string? reason = null;
        foreach (RolloutStage stage in RolloutStage.Of(policy, RolloutStage.IsWatched(policy)))
        {
            (PlannedStep step, string? problem) = await _steps.PlanAsync(look, stage, cancellationToken);
            steps.Add(step);
            reason ??= problem ?? TooLong(look, step);
        }

        return Plan(look, steps, reason);
    }

    private static RolloutPlan Plan(PlanLook look, List<PlannedStep> steps, string? reason) => new(
        look.Model, look.Champion, look.ADay(look.Traffic.Requests), look.Now - look.Since, steps,
        steps.Count == 0 || steps.Exists(s => s.Days is null) ? null : steps.Sum(s => s.Days), reason is null, reason, [.. NotPlanned(look.Policy)]);

    private static string? TooLong(PlanLook look, PlannedStep step)
    {
        if (step.Days <= look.Policy.Deadline.TotalDays)
            return null;
        string needs = step.Days is not { } days ? "never ends" : days <= TimeSpan.MaxValue.TotalDays / 2 ? $"needs {DurationText.Of(TimeSpan.FromDays(days))}" : "needs longer than a time can be";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"the step of {step.Percent:0.##} % {needs} for {step.Why} at {look.ADay(look.Traffic.Requests):N0} requests a day, but its deadline is {DurationText.Of(look.Policy.Deadline)}: raise the deadline, the share, or the effect to be found");
    }

    private static IEnumerable<string> NotPlanned(RolloutPolicy policy)
    {
        if (!RolloutStage.IsWatched(policy))
            yield break;
        yield return "guardrails are planned by the samples they need; one that comes into doubt takes as long again";
        if (policy.AllGuardrails.Any(g => MetricNames.IsOfTruth(g.Metric)) || policy.Goal is { } goal && MetricNames.IsOfTruth(goal.Metric))
            yield return "how late ground truth comes";
        if (policy.Approval == RolloutApproval.Manual)
            yield return "the wait for an approval";
        if (policy.Freeze.Count > 0)
            yield return "the wait for the end of freeze windows";
    }

    private async Task<TrafficWindow> TrafficAsync(Endpoint endpoint, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var sum = new TrafficWindow(0, 0, 0, new LatencyHistogram());
        foreach (TrafficShare share in endpoint.Traffic)
        {
            TrafficWindow window = await sources.Stats.ReadRoutedAsync(endpoint.Model, share.Version, since, cancellationToken);
            if (window.Units is { } units)
                (sum = sum with { Units = sum.Units ?? new UnitCounts() }).Units!.Add(units);
            sum = sum with { Requests = sum.Requests + window.Requests, Errors = sum.Errors + window.Errors, Rejected = sum.Rejected + window.Rejected };
        }

        return sum;
    }
}
