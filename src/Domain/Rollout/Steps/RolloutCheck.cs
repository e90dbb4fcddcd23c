using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;

namespace MlOps.Domain.Rollout.Steps;

/// <summary>Looks at the numbers of a step; a verdict other than to wait is stored with them.</summary>
internal sealed class RolloutCheck(
    RolloutTable table,
    EndpointStore endpoints,
    ModelRegistry registry,
    ModelCache models,
    RolloutSources sources,
    EvidenceGatherer gatherer,
    RolloutOwnership ownership,
    TimeProvider time,
    ILogger logger)
{
    public async Task<CheckResult> CheckAsync(string id, CheckInput input, CancellationToken cancellationToken)
    {
        (RolloutStatus? own, RolloutEnd? end) = await ownership.StandingAsync(input.Model, id, cancellationToken);
        if (end is not null)
        {
            gatherer.Forget(id);
            return new CheckResult(RolloutVerdict.Wait, end.Reason, null, null, end);
        }

        CheckResult result = await MeasureAsync(own!, input, cancellationToken);
        RolloutState state = input.PausedBy is not null ? RolloutState.Paused : input.AwaitsApproval ? RolloutState.AwaitingApproval : RolloutState.Running;
        await table.ChangeAsync(input.Model, id, r => r with { State = state, Reason = result.Reason, UpdatedAt = time.GetUtcNow() }, cancellationToken);
        if (StepHolds.IsDecision(input, result))
            await table.AddAsync(input.Model, id, new RolloutDecision(input.Sequence, time.GetUtcNow(), KindOf(result.Verdict), input.Step, input.Percent, result.Reason, result.Canary, result.Champion, Evidence: result.Evidence), cancellationToken);
        return result;
    }

    private async Task<CheckResult> MeasureAsync(RolloutStatus own, CheckInput input, CancellationToken cancellationToken)
    {
        if (own.Champion is not { } champion || (input.Percent <= 0 && input.Kind != StageKind.Shadow))
            return StepHolds.Apply(own.Policy, input, StepHolds.Unmeasured(own.Policy, input));
        own = own with { Version = input.Version };
        if (!input.Sequential)
            return StepHolds.Apply(own.Policy, input, await MeasureByLimitsAsync(own, champion, input, cancellationToken));
        await KeepWarmAsync(own, champion, cancellationToken);
        (RolloutEvidence evidence, TrafficNumbers canary, TrafficNumbers reference) = await gatherer.GatherAsync(
            own, champion, await endpoints.GetAsync(own.Model, cancellationToken), endpoints.HistoryAsync(own.Model, cancellationToken), input, cancellationToken);
        return StepVerdict.Of(own.Policy, input, evidence, canary, reference);
    }

    private async Task<CheckResult> MeasureByLimitsAsync(RolloutStatus own, int champion, CheckInput input, CancellationToken cancellationToken)
    {
        var canary = TrafficNumbers.Of(await sources.Stats.ReadRoutedAsync(input.Model, input.Version, input.Since, cancellationToken));
        var reference = TrafficNumbers.Of(await sources.Stats.ReadRoutedAsync(input.Model, champion, ChampionReference.Since(own, input), cancellationToken));
        Judgement judgement = RolloutGuard.Judge(own.Policy, input.Percent, canary, reference, input.Elapsed());
        if (input.AwaitsApproval)
            judgement = StepHolds.Approval(own.Policy, input, judgement.Verdict == RolloutVerdict.Breach ? judgement : null);
        return new CheckResult(judgement.Verdict, judgement.Reason, canary, reference, null);
    }

    /// <summary>
    /// Used now and then, the version to fall back to is not the one that goes when memory is short. One that cannot be loaded is no
    /// reason to give the traffic back to it.
    /// </summary>
    private async Task KeepWarmAsync(RolloutStatus own, int champion, CancellationToken cancellationToken)
    {
        try
        {
            await models.KeepAsync(await registry.GetVersionAsync(own.Model, champion, cancellationToken), 3 * own.Policy.CheckEvery, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.ChampionNotWarm(own.Model, champion, e.Message);
        }
    }

    private static RolloutDecisionKind KindOf(RolloutVerdict verdict) => verdict switch
    {
        RolloutVerdict.Pass => RolloutDecisionKind.StepPassed,
        RolloutVerdict.Breach => RolloutDecisionKind.Breached,
        RolloutVerdict.Hold => RolloutDecisionKind.Held,
        _ => RolloutDecisionKind.CannotMeasure,
    };
}
