using System.Globalization;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Planning;

/// <summary>Reckons how long one step takes: until the slowest of what it asks for has its samples, of both versions.</summary>
internal sealed class StepPlanner(RolloutSources sources)
{
    private const double Power = 0.8;

    /// <summary>The step, and what is wrong with it other than its length.</summary>
    public async Task<(PlannedStep Step, string? Problem)> PlanAsync(PlanLook look, RolloutStage stage, CancellationToken cancellationToken)
    {
        RolloutPolicy policy = look.Policy;
        var step = new PlannedStep(stage.Kind == StageKind.Shadow ? policy.ShadowShare : stage.Percent, 0, 0, policy.StageBake.TotalDays, "the bake");
        if (!RolloutStage.IsWatched(policy))
            return (step with { Why = "rolled out at once" }, null);
        Arms arms = stage.Kind == StageKind.Shadow ? new(step.Percent / 100, step.Percent / 100) : new(stage.Percent / 100 / (stage.Kind == StageKind.Bandit ? policy.Others.Count + 1 : 1), 1 - (stage.Percent / 100));
        var judge = new PolicyJudge(policy);
        foreach (Guardrail guardrail in judge.Asked(stage.Kind))
        {
            // At the last step the champion's samples are there already.
            long champion = arms.Champion > 0 ? judge.ChampionNeeded(guardrail, stage.Kind, stage.Percent) : 0;
            if (guardrail.Metric == RolloutMetric.PredictionShift)
            {
                double units = look.ADay(look.Traffic.Requests * look.Recorded * (await RowsAsync(look, cancellationToken)).Independent);
                step = Longer(step, arms, GuardrailJudge.Fewest, arms.Champion > 0 ? GuardrailJudge.Fewest : 0, units, $"{GuardrailJudge.Fewest} units or requests whose rows tell of prediction shift");
            }

            step = Longer(step, arms, judge.Needed(guardrail), champion, await ADayAsync(look, guardrail.Metric, cancellationToken), $"{judge.Needed(guardrail):N0} samples of {MetricNames.Of(guardrail.Metric)}");
        }

        if (stage.Kind == StageKind.Bandit)
            step = Longer(step, arms, policy.MinRequests, policy.MinRequests, await ADayAsync(look, policy.RewardMetric, cancellationToken), $"{policy.MinRequests:N0} rewards of each version, at least");
        return stage.Kind == StageKind.Test && policy.Goal is { } goal ? await GoalAsync(look, goal, arms, step, cancellationToken) : (step, null);
    }

    private async Task<(PlannedStep Step, string? Problem)> GoalAsync(PlanLook look, RolloutGoal goal, Arms arms, PlannedStep step, CancellationToken cancellationToken)
    {
        (SampleMoments seen, double effect) = await SeenAsync(look, goal.Metric, cancellationToken);
        if (seen.Count < 2)
            return (step with { Days = null, Why = MetricNames.Of(goal.Metric) }, $"{MetricNames.Of(goal.Metric)} of '{look.Model}' is not known: no prediction of the champion has its {(goal.Metric == RolloutMetric.Reward ? "reward" : "truth")} yet; send feedback first");
        // A version that is no worse is found to be within the margin as fast as one better by that margin is found to be better.
        double values = effect * SequentialPlan.Values(
            new MixtureSprt(AlphaBudget.Of(look.Policy).SideOfGoal, goal.MinEffect), goal.Margin > 0 ? goal.Margin : goal.MinEffect, Math.Sqrt(seen.VarianceOfMean * seen.Count), arms.Canary, Power);
        string why = string.Create(CultureInfo.InvariantCulture, $"{values:N0} samples of both versions, to find a difference of {goal.MinEffect} in {MetricNames.Of(goal.Metric)} with a chance of {100 * Power:0} %{(effect > 1.2 ? $", of which {effect:0.0} tell as much as one: they come together (design effect)" : "")}");
        return (Longer(step, arms, AtLeast(look, values * arms.Canary), AtLeast(look, values * arms.Champion), await ADayAsync(look, goal.Metric, cancellationToken), why), null);
    }

    /// <summary>Both versions need <c>minRequests</c> for a goal, whatever their shares.</summary>
    private static long AtLeast(PlanLook look, double samples) => Math.Max(look.Policy.MinRequests, (long)Math.Ceiling(samples));

    /// <summary>Values of both versions; of the log only as many as will be recorded.</summary>
    private async Task<double> ADayAsync(PlanLook look, RolloutMetric metric, CancellationToken cancellationToken) => look.ADay(metric switch
    {
        _ when MetricNames.IsOfTruth(metric) => (await TruthsAsync(look, metric, cancellationToken)).Rows,
        _ when MetricNames.IsOfLog(metric) => look.Traffic.Requests * look.Recorded * (await RowsAsync(look, cancellationToken)).PerRequest,
        RolloutMetric.RejectedRate => look.Traffic.Requests + look.Traffic.Rejected,
        _ => look.Traffic.Requests,
    });

    private async Task<PlannedRows> RowsAsync(PlanLook look, CancellationToken cancellationToken) => look.Rows ??= await PlannedRows.ReadAsync(sources, look, cancellationToken);

    /// <summary>What the champion's values were like, and their design effect.</summary>
    private async Task<(SampleMoments Seen, double Effect)> SeenAsync(PlanLook look, RolloutMetric metric, CancellationToken cancellationToken) => metric switch
    {
        RolloutMetric.ErrorRate => OfRate(look.Traffic.Errors, look.Traffic.Requests, look.Traffic.Units?.Errors(look.Traffic.Errors, look.Traffic.Requests)),
        RolloutMetric.RejectedRate => OfRate(look.Traffic.Rejected, look.Traffic.Requests + look.Traffic.Rejected, look.Traffic.Units?.Rejections(look.Traffic.Rejected, look.Traffic.Requests + look.Traffic.Rejected)),
        _ => (await TruthsAsync(look, metric, cancellationToken)).Seen,
    };

    private static (SampleMoments, double) OfRate(long bad, long all, ClusterSums? units) =>
        (SampleMoments.OfRate(bad, all), units?.DesignEffect(double.NaN) ?? 1);

    private async Task<PlannedTruths> TruthsAsync(PlanLook look, RolloutMetric metric, CancellationToken cancellationToken)
    {
        if (look.Truths.TryGetValue(metric, out PlannedTruths known))
            return known;
        var scores = new ClusterSums(UnitCluster.Count);
        var scored = new RowScore(metric, look.Signature);
        double rows = 0;
        bool IsOfChampion(LoggedPrediction row) => !row.IsNamed && row.Version == look.Champion;
        void Add(LoggedPrediction row, double score)
        {
            scores.Add(UnitCluster.Of(row), score);
            rows += look.Recorded / row.Sample;
        }

        if (metric == RolloutMetric.Reward)
        {
            await foreach (RewardedPrediction row in sources.Feedback.RewardsAsync(look.Model, look.Since, look.Now, cancellationToken).Where(r => IsOfChampion(r.Prediction)))
                Add(row.Prediction, row.Reward);
            return look.Truths[metric] = new(scores.Rows, rows, scores.DesignEffect(double.NaN));
        }

        await foreach (LabelledPrediction row in sources.Feedback.JoinAsync(look.Model, look.Since, look.Now, cancellationToken))
        {
            if (IsOfChampion(row.Prediction) && scored.Of(look.Signature, Answer.Of(look.Signature, row.Prediction), row.Truth) is var score && !double.IsNaN(score))
                Add(row.Prediction, score);
        }

        return look.Truths[metric] = new(scores.Rows, rows, scores.DesignEffect(double.NaN));
    }

    private static PlannedStep Longer(PlannedStep step, Arms arms, long canary, long champion, double aDay, string why)
    {
        double days = Math.Max(Days(canary, aDay * arms.Canary), Days(champion, aDay * arms.Champion));
        PlannedStep both = step with { Samples = Math.Max(step.Samples, canary), ChampionSamples = Math.Max(step.ChampionSamples, champion) };
        return step.Days is null || days <= step.Days ? both : both with { Days = double.IsFinite(days) ? days : null, Why = why };
    }

    private static double Days(long samples, double aDay) => samples == 0 ? 0 : samples / aDay;

    /// <summary>The share of the requests that each version answers.</summary>
    private readonly record struct Arms(double Canary, double Champion);
}
