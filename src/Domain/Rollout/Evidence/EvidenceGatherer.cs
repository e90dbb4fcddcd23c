using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Shadows;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Gathers what is known of a step and judges each part of it: counters at each look, the prediction log as often as its length allows.</summary>
internal sealed class EvidenceGatherer(RolloutSources sources, TimeProvider time)
{
    /// <summary>Only what is new is read of the answers, of truths all.</summary>
    private static readonly TimeSpan OldestAnswers = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan OldestTruths = TimeSpan.FromHours(1);

    private readonly AnswerLog _answers = new(sources);
    private readonly TruthLog _truths = new(sources);
    private readonly LogReadings _readings = new(time);

    /// <param name="endpoint">As it is since the step got its traffic.</param>
    /// <param name="changes">Its history, read only for a bandit.</param>
    public async Task<(RolloutEvidence Evidence, TrafficNumbers Canary, TrafficNumbers Champion)> GatherAsync(
        RolloutStatus own, int champion, Endpoint endpoint, IAsyncEnumerable<EndpointChange> changes, CheckInput input, CancellationToken cancellationToken)
    {
        Look look = await LookAsync(own, champion, endpoint, input, cancellationToken);
        if (input.Arms is not null)
            return await GatherFieldAsync(look, endpoint, changes, cancellationToken);
        IReadOnlyList<MetricEvidence> guardrails = await GuardrailsAsync(look, cancellationToken);
        MetricEvidence? goal = input.Kind == StageKind.Test && own.Policy.Goal is { } wanted
            ? look.Judge.Judge(wanted, await CompareAsync(wanted.Metric, 0, look, cancellationToken))
            : null;
        BanditEvidence? bandit = null;
        if (input.Kind == StageKind.Bandit)
            (bandit, goal) = BanditJudge.Judge(own.Policy, await RewardsAsync<Comparison>(look, changes, _truths.OfTurnsAsync, cancellationToken), input.Percent);
        ShadowEvidence? shadow = input.Kind == StageKind.Shadow ? (await AnswersAsync(look, cancellationToken)).Pairs?.Evidence : null;
        var evidence = new RolloutEvidence(guardrails, goal, await RatioAsync(look, endpoint, changes, cancellationToken), shadow, bandit);
        return (evidence, TrafficNumbers.Of(look.Canary), TrafficNumbers.Of(look.Reference));
    }

    /// <summary>The rollout has ended: what was read for it is of no use any more.</summary>
    public void Forget(string rollout) => _readings.Forget(rollout);

    /// <summary>What is known of a new version, and of the champion over the same window.</summary>
    private async Task<Look> LookAsync(RolloutStatus own, int champion, Endpoint endpoint, CheckInput input, CancellationToken cancellationToken)
    {
        DateTimeOffset championSince = ChampionReference.Since(own, input);
        bool isShadow = input.Kind == StageKind.Shadow;
        return new Look(
            own, input, new AnswerWindow(own.Model, own.Version, champion, isShadow, input.Since, championSince, input.Now, endpoint.Copies, [.. input.Arms?.Select(a => a.Version).Where(v => v != own.Version) ?? []]),
            await sources.Stats.ReadRoutedAsync(isShadow ? ShadowMirror.LogName(own.Model) : own.Model, own.Version, input.Since, cancellationToken),
            await sources.Stats.ReadRoutedAsync(own.Model, champion, championSince, cancellationToken));
    }

    /// <summary>Of a bandit with several new versions: one that breaks a hard guardrail is out, and the step is judged by the likeliest of the others.</summary>
    private async Task<(RolloutEvidence Evidence, TrafficNumbers Canary, TrafficNumbers Champion)> GatherFieldAsync(
        Look look, Endpoint endpoint, IAsyncEnumerable<EndpointChange> changes, CancellationToken cancellationToken)
    {
        IReadOnlyList<BanditArm> before = look.Input.Arms!;
        var looks = new Dictionary<int, Look>();
        var seen = new Dictionary<int, IReadOnlyList<Comparison>>();
        foreach (int version in before.Where(a => a.Out is null).Select(a => a.Version))
        {
            looks[version] = version == look.Own.Version ? look : await LookAsync(look.Own with { Version = version }, look.Window.Champion, endpoint, look.Input, cancellationToken);
            seen[version] = await ComparedAsync(looks[version], cancellationToken);
        }

        FieldRewards rewards = await RewardsAsync<FieldRewards>(look, changes, _truths.OfFieldAsync, cancellationToken);
        (RolloutEvidence evidence, int leader) = FieldEvidence.Of(
            look.Own.Policy, look.Window.Champion, look.Input, seen, rewards.Of, await RatioAsync(look, endpoint, changes, cancellationToken));
        Look shown = looks.GetValueOrDefault(leader, look);
        return (evidence, TrafficNumbers.Of(shown.Canary), TrafficNumbers.Of(shown.Reference));
    }

    private async Task<IReadOnlyList<MetricEvidence>> GuardrailsAsync(Look look, CancellationToken cancellationToken)
    {
        IReadOnlyList<Comparison> seen = await ComparedAsync(look, cancellationToken);
        return [.. look.Judge.Asked(look.Input.Kind).Zip(seen, (guardrail, compared) => look.Judge.Judge(guardrail, compared, look.Input.Kind, look.Input.Percent))];
    }

    /// <summary>What each guardrail asks for, in their order.</summary>
    private async Task<IReadOnlyList<Comparison>> ComparedAsync(Look look, CancellationToken cancellationToken)
    {
        var seen = new List<Comparison>();
        foreach (Guardrail guardrail in look.Judge.Asked(look.Input.Kind))
            seen.Add(await CompareAsync(guardrail.Metric, guardrail.Max, look, cancellationToken));
        return seen;
    }

    private async Task<Comparison> CompareAsync(RolloutMetric metric, double max, Look look, CancellationToken cancellationToken)
    {
        if (!MetricNames.IsOfLog(metric))
            return TrafficComparison.Of(metric, look.Canary, look.Reference, max, look.Own.Policy.LatencyTolerance);
        if (MetricNames.IsOfTruth(metric))
            return await TruthAsync(metric, look, cancellationToken);
        StepAnswers answers = await AnswersAsync(look, cancellationToken);
        return metric == RolloutMetric.Disagreement ? answers.Pairs?.Disagreement ?? Comparison.Nothing : answers.Shift;
    }

    private Task<StepAnswers> AnswersAsync(Look look, CancellationToken cancellationToken) => _readings.GetAsync<StepAnswers>(
        look.Own.Id, look.Input, "answers", OldestAnswers, before => _answers.ReadAsync(before, look.Window, cancellationToken), cancellationToken);

    private async Task<Comparison> TruthAsync(RolloutMetric metric, Look look, CancellationToken cancellationToken)
    {
        StepAnswers? answers = look.Window.Paired ? await AnswersAsync(look, cancellationToken) : null;
        return await _readings.GetAsync<Comparison>(
            look.Own.Id, look.Input, $"{metric}~{look.Own.Version}", OldestTruths,
            _ => answers is null ? _truths.OfGroupsAsync(metric, look.Window, cancellationToken) : _truths.OfPairsAsync(metric, look.Window, answers, cancellationToken),
            cancellationToken);
    }

    private Task<T> RewardsAsync<T>(
        Look look, IAsyncEnumerable<EndpointChange> changes, Func<RolloutMetric, AnswerWindow, IReadOnlyList<DateTimeOffset>, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        where T : class => _readings.GetAsync<T>(
        look.Own.Id, look.Input, typeof(T).Name, OldestTruths,
        async _ =>
        {
            List<DateTimeOffset> turns = await changes.Select(c => c.At).Where(at => at > look.Input.Since).ToListAsync(cancellationToken);
            return await read(look.Own.Policy.RewardMetric, look.Window, [.. turns.Order()], cancellationToken);
        },
        cancellationToken);

    /// <summary>Null where the step does not divide units among versions, or none came yet.</summary>
    private async Task<SampleRatioEvidence?> RatioAsync(Look look, Endpoint endpoint, IAsyncEnumerable<EndpointChange> changes, CancellationToken cancellationToken)
    {
        if (!UnitRatio.IsDivided(look.Input, endpoint.Traffic))
            return null;
        IReadOnlyList<IReadOnlyList<TrafficShare>> periods = endpoint.Revision == endpoint.CountedSince ? [endpoint.Traffic] : await PeriodsAsync(endpoint, changes, cancellationToken);
        return UnitRatio.Of(look.Input, periods, await sources.Exposures.SampleAsync(look.Own.Model, endpoint.CountedSince, cancellationToken));
    }

    /// <summary>The traffic at each revision since units are counted. The history is read newest first; it may be ahead of the endpoint as it was read.</summary>
    private static async Task<IReadOnlyList<IReadOnlyList<TrafficShare>>> PeriodsAsync(Endpoint endpoint, IAsyncEnumerable<EndpointChange> changes, CancellationToken cancellationToken)
    {
        var periods = new IReadOnlyList<TrafficShare>[endpoint.Revision - endpoint.CountedSince + 1];
        Array.Fill(periods, []);
        await foreach (EndpointChange change in changes.WithCancellation(cancellationToken))
        {
            if (change.Revision < endpoint.CountedSince)
                break;
            if (change.Revision <= endpoint.Revision)
                periods[change.Revision - endpoint.CountedSince] = change.Traffic;
        }

        return periods;
    }

    private sealed record Look(RolloutStatus Own, CheckInput Input, AnswerWindow Window, TrafficWindow Canary, TrafficWindow Reference)
    {
        public PolicyJudge Judge { get; } = new(Own.Policy);
    }
}
