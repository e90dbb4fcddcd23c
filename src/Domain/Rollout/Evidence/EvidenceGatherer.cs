using MlOps.Domain.Serving;
using MlOps.Learning;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Gathers what is known of a step and judges each part of it: counters at each look, the prediction log as often as its length allows.</summary>
internal sealed class EvidenceGatherer(RolloutSources sources)
{
    private readonly LoggedEvidence _logged = new(sources);
    private readonly PairedEvidence _paired = new(sources);
    private readonly LogCache _cache = new();

    /// <param name="revision">Of the endpoint, since the step got its traffic.</param>
    public async Task<(RolloutEvidence Evidence, TrafficNumbers Canary, TrafficNumbers Champion)> GatherAsync(
        RolloutStatus own, int champion, long revision, CheckInput input, CancellationToken cancellationToken)
    {
        DateTimeOffset championSince = ChampionReference.Since(own, input);
        var look = new Look(
            own, champion, input, championSince,
            await sources.Stats.ReadAsync(own.Model, own.Version, input.Since, cancellationToken),
            await sources.Stats.ReadAsync(own.Model, champion, championSince, cancellationToken));
        IReadOnlyList<MetricEvidence> guardrails = await GuardrailsAsync(look, cancellationToken);
        MetricEvidence? goal = input.Kind == StageKind.Test && own.Policy.Goal is { } wanted
            ? new GuardrailJudge(own.Policy.Alpha).Judge(wanted, await CompareAsync(wanted.Metric, 0, look, cancellationToken), own.Policy.MinRequests)
            : null;
        BanditEvidence? bandit = null;
        if (input.Kind == StageKind.Bandit)
            (bandit, goal) = BanditJudge.Judge(own.Policy, await CompareAsync(RolloutMetric.Accuracy, 0, look, cancellationToken), new SeededRandom((ulong)input.Now.UtcTicks));
        ShadowEvidence? shadow = input.Kind == StageKind.Shadow ? (await PairsAsync(look, cancellationToken)).Evidence : null;
        var evidence = new RolloutEvidence(guardrails, goal, await RatioAsync(look, revision, cancellationToken), shadow, bandit);
        return (evidence, TrafficNumbers.Of(look.Canary), TrafficNumbers.Of(look.Reference));
    }

    private async Task<IReadOnlyList<MetricEvidence>> GuardrailsAsync(Look look, CancellationToken cancellationToken)
    {
        RolloutPolicy policy = look.Own.Policy;
        var judge = new GuardrailJudge(policy.Alpha / (policy.AllGuardrails.Count * RolloutStage.Of(policy, watched: true).Count));
        var judged = new List<MetricEvidence>();
        // Two versions that answer different requests cannot disagree.
        foreach (Guardrail guardrail in policy.AllGuardrails.Where(g => g.Metric != RolloutMetric.Disagreement || look.IsShadow))
        {
            long needed = guardrail.MinSamples ?? policy.MinRequests;
            Comparison seen = await CompareAsync(guardrail.Metric, guardrail.Max, look, cancellationToken);
            judged.Add(judge.Judge(guardrail, seen, needed, look.IsShadow ? needed : ChampionReference.Needs(needed, look.Input.Percent)));
        }

        return judged;
    }

    private async Task<Comparison> CompareAsync(RolloutMetric metric, double max, Look look, CancellationToken cancellationToken)
    {
        if (!MetricNames.IsOfLog(metric))
            return TrafficComparison.Of(metric, look.Canary, look.Reference, max, look.Own.Policy.LatencyTolerance);
        (RolloutStatus own, CheckInput input) = (look.Own, look.Input);
        if (!look.IsShadow)
        {
            return await _cache.GetAsync(own.Id, input, metric.ToString(), () =>
                _logged.ReadAsync(metric, own.Model, own.Version, look.Champion, look.LogSince, input.Now, cancellationToken));
        }

        PairedRows pairs = await PairsAsync(look, cancellationToken);
        return metric switch
        {
            RolloutMetric.PredictionShift => pairs.Shift,
            RolloutMetric.Disagreement => pairs.Disagreement,
            _ => await _cache.GetAsync(own.Id, input, metric.ToString(), () => _paired.TruthAsync(metric, own.Model, pairs, input.Since, input.Now, cancellationToken)),
        };
    }

    private Task<PairedRows> PairsAsync(Look look, CancellationToken cancellationToken) => _cache.GetAsync(look.Own.Id, look.Input, "pairs", () =>
        _paired.ReadAsync(look.Own.Model, look.Own.Version, look.Champion, look.Input.Since, look.Input.Now, cancellationToken));

    /// <summary>Null where the step does not divide units among versions, or none came yet.</summary>
    private async Task<SampleRatioEvidence?> RatioAsync(Look look, long revision, CancellationToken cancellationToken)
    {
        double share = Math.Round(look.Input.Percent * 100) / StickyBucket.Count;
        if (share is <= 0 or >= 1)
            return null;
        IReadOnlyDictionary<int, long> units = await sources.Exposures.ReadAsync(look.Own.Model, revision, cancellationToken);
        (long canary, long others) = (units.GetValueOrDefault(look.Own.Version), units.Where(u => u.Key != look.Own.Version).Sum(u => u.Value));
        return canary + others == 0 ? null : new(canary, others, share, SampleRatio.PValue([canary, others], [share, 1 - share]));
    }

    private sealed record Look(RolloutStatus Own, int Champion, CheckInput Input, DateTimeOffset ChampionSince, TrafficWindow Canary, TrafficWindow Reference)
    {
        public bool IsShadow => Input.Kind == StageKind.Shadow;

        /// <summary>At the last step the champion's rows are those of before; its window contains the new version's.</summary>
        public DateTimeOffset LogSince => ChampionSince < Input.Since ? ChampionSince : Input.Since;
    }
}
