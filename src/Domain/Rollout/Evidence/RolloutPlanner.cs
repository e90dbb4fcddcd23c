using System.Globalization;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Reckons how long a policy takes by what the champion had to do lately.</summary>
internal sealed class RolloutPlanner(RolloutSources sources, TimeProvider time)
{
    private const double Power = 0.8;

    private static readonly TimeSpan LongestLook = TimeSpan.FromDays(7);
    private static readonly TimeSpan ShortestLook = TimeSpan.FromMinutes(1);

    /// <exception cref="MlOpsException">Conflict <c>rollout-plan-impossible</c>: a step cannot end before its deadline, or nothing is known to reckon with.</exception>
    public async Task<RolloutPlan> PlanAsync(Endpoint endpoint, ModelVersion champion, RolloutPolicy policy, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan over = now - endpoint.ChangedAt < LongestLook && endpoint.Traffic.Count == 1 ? now - endpoint.ChangedAt : LongestLook;
        if (over < ShortestLook)
            throw Impossible($"the traffic of '{endpoint.Model}' changed {StageJudge.Shown(over)} ago: plan again when it has been measured for {StageJudge.Shown(ShortestLook)}");
        var look = new Look(policy, champion.Signature, endpoint.Model, champion.Version, now - over, now, await TrafficAsync(endpoint, now - over, cancellationToken));
        if (look.Traffic.Requests == 0)
            throw Impossible($"'{endpoint.Model}' had no request in {StageJudge.Shown(over)}: at the present traffic no step of a rollout can end");
        var steps = new List<PlannedStep>();
        foreach (RolloutStage stage in RolloutStage.Of(policy, RolloutStage.IsWatched(policy)))
            steps.Add(await StepAsync(look, stage, cancellationToken));
        return new RolloutPlan(endpoint.Model, champion.Version, look.ADay(look.Traffic.Requests), over, steps, steps.Sum(s => s.Days));
    }

    private async Task<TrafficWindow> TrafficAsync(Endpoint endpoint, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var sum = new TrafficWindow(0, 0, 0, new LatencyHistogram());
        foreach (TrafficShare share in endpoint.Traffic)
        {
            TrafficWindow window = await sources.Stats.ReadAsync(endpoint.Model, share.Version, since, cancellationToken);
            sum = sum with { Requests = sum.Requests + window.Requests, Errors = sum.Errors + window.Errors, Rejected = sum.Rejected + window.Rejected };
        }

        return sum;
    }

    private async Task<PlannedStep> StepAsync(Look look, RolloutStage stage, CancellationToken cancellationToken)
    {
        RolloutPolicy policy = look.Policy;
        double share = (stage.Kind == StageKind.Shadow ? policy.ShadowShare : stage.Percent) / 100;
        var step = new PlannedStep(share * 100, 0, policy.StageBake.TotalDays, "the bake");
        if (!RolloutStage.IsWatched(policy))
            return step with { Why = "rolled out at once" };
        foreach (Guardrail guardrail in policy.AllGuardrails.Where(g => g.Metric != RolloutMetric.Disagreement || stage.Kind == StageKind.Shadow))
        {
            long needed = guardrail.MinSamples ?? policy.MinRequests;
            double aDay = look.ADay(MetricNames.IsOfTruth(guardrail.Metric) ? (await TruthsAsync(look, guardrail.Metric, cancellationToken)).Count : look.Traffic.Requests);
            step = Longer(step, share, needed, aDay, $"{needed:N0} samples of {MetricNames.Of(guardrail.Metric)}");
        }

        if (stage.Kind == StageKind.Test && policy.Goal is { } goal)
            step = await GoalAsync(look, goal, share, step, cancellationToken);
        if (stage.Kind == StageKind.Bandit)
            step = Longer(step, Math.Min(share, 1 - share), policy.MinRequests, look.ADay((await TruthsAsync(look, RolloutMetric.Accuracy, cancellationToken)).Count), $"{policy.MinRequests:N0} rewards of each version, at least");
        return step.Days <= policy.Deadline.TotalDays ? step : throw Impossible(string.Create(
            CultureInfo.InvariantCulture,
            $"the step of {step.Percent:0.##} % needs {step.Days:0.##} days for {step.Why} at {look.ADay(look.Traffic.Requests):N0} requests a day, but its deadline is {policy.Deadline.TotalDays:0.##} days: raise the deadline, the share, or the effect to be found"));
    }

    private async Task<PlannedStep> GoalAsync(Look look, RolloutGoal goal, double share, PlannedStep step, CancellationToken cancellationToken)
    {
        SampleMoments seen = goal.Metric switch
        {
            RolloutMetric.ErrorRate => SampleMoments.OfRate(look.Traffic.Errors, look.Traffic.Requests),
            RolloutMetric.RejectedRate => SampleMoments.OfRate(look.Traffic.Rejected, look.Traffic.Requests + look.Traffic.Rejected),
            _ => await TruthsAsync(look, goal.Metric, cancellationToken),
        };
        if (seen.Count < 2)
            throw Impossible($"{MetricNames.Of(goal.Metric)} of '{look.Model}' is not known: no prediction of the champion has its truth yet; send feedback first");
        // A version that is no worse is found to be within the margin as fast as one better by that margin is found to be better.
        double values = SequentialPlan.Values(
            new MixtureSprt(look.Policy.Alpha, goal.MinEffect), goal.Margin > 0 ? goal.Margin : goal.MinEffect, Math.Sqrt(seen.VarianceOfMean * seen.Count), share, Power);
        string why = string.Create(CultureInfo.InvariantCulture, $"{values:N0} samples of both versions, to find a difference of {goal.MinEffect} in {MetricNames.Of(goal.Metric)} with a chance of {100 * Power:0} %");
        return Longer(step, share, (long)Math.Ceiling(values * share), look.ADay(seen.Count), why);
    }

    private async Task<SampleMoments> TruthsAsync(Look look, RolloutMetric metric, CancellationToken cancellationToken)
    {
        if (look.Truths.TryGetValue(metric, out SampleMoments known))
            return known;
        SampleMoments moments = default;
        await foreach (LabelledPrediction row in sources.Feedback.JoinAsync(look.Model, look.Since, look.Now, cancellationToken))
        {
            double score = row.Prediction.Version == look.Champion ? RowScore.Of(metric, look.Signature, row.Prediction, row.Truth) : double.NaN;
            moments = double.IsNaN(score) ? moments : moments.Add(score);
        }

        return look.Truths[metric] = moments;
    }

    private static PlannedStep Longer(PlannedStep step, double share, long samples, double aDay, string why)
    {
        double days = aDay == 0 ? double.PositiveInfinity : samples / (aDay * share);
        return days > step.Days ? step with { Samples = samples, Days = days, Why = why } : step with { Samples = Math.Max(step.Samples, samples) };
    }

    private static MlOpsException Impossible(string message) => MlOpsException.Conflict("rollout-plan-impossible", message);

    private sealed record Look(
        RolloutPolicy Policy, ModelSignature Signature, string Model, int Champion, DateTimeOffset Since, DateTimeOffset Now, TrafficWindow Traffic)
    {
        public Dictionary<RolloutMetric, SampleMoments> Truths { get; } = [];

        public double ADay(double count) => count / (Now - Since).TotalDays;
    }
}
