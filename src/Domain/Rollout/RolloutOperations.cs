using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Serving;

namespace MlOps.Domain.Rollout;

/// <summary>
/// What a rollout does to the world, each safe to repeat. The endpoint's row says which rollout owns the traffic; every operation
/// first makes sure that it still does, and ends quietly when a newer rollout took over or somebody ended this one.
/// </summary>
internal sealed class RolloutOperations(
    RolloutTable table, EndpointStore endpoints, ModelRegistry registry, ModelCache models, RolloutSources sources, TimeProvider time, ILogger logger)
{
    private readonly EvidenceGatherer _evidence = new(sources);

    /// <summary>Takes the endpoint over: a running rollout is superseded, its champion gets all traffic back; loads the version.</summary>
    public async Task<BeginResult> BeginAsync(string id, RolloutInput input, CancellationToken cancellationToken)
    {
        ModelVersion version = await registry.GetVersionAsync(input.Model, input.Version, cancellationToken);
        RolloutPolicyCheck.Check(input.Policy, version.Signature.Task);
        (RolloutStatus own, RolloutEnd? end) = await ClaimAsync(id, input, cancellationToken);
        if (end is not null)
            return new BeginResult(own.Champion, own.StartedAt, end);
        if (own.Supersedes is { } old)
            await table.ChangeAsync(input.Model, old, r => Ended(r, RolloutState.Superseded, $"rollout '{id}' of version {input.Version} took over"), cancellationToken);
        if (own.Champion == input.Version)
            return new BeginResult(own.Champion, own.StartedAt, await StayAsync(id, own, cancellationToken));
        await models.GetAsync(version, cancellationToken);
        if (own.Champion is not null)
            await registry.ChangeAliasesAsync(input.Model, [new AliasChange(RegistryLimits.Challenger, input.Version)], By(id), cancellationToken);
        logger.RolloutBegun(id, input.Model, input.Version, own.Champion);
        return new BeginResult(own.Champion, own.StartedAt, null);
    }

    /// <summary>The alias goes with the rollout that set it, this one or the one it superseded, unless it was moved meanwhile.</summary>
    private async Task<List<AliasChange>> ChallengerOffAsync(RolloutStatus ending, CancellationToken cancellationToken)
    {
        RegisteredModel model = await registry.GetModelAsync(ending.Model, cancellationToken);
        if (!model.Aliases.TryGetValue(RegistryLimits.Challenger, out int challenger))
            return [];
        RolloutStatus? superseded = ending.Supersedes is { } old ? await table.FindAsync(ending.Model, old, cancellationToken) : null;
        return challenger == ending.Version || challenger == superseded?.Version ? [new AliasChange(RegistryLimits.Challenger, null, challenger)] : [];
    }

    /// <summary>The champion itself was asked for while another version was on its way: that one is superseded, the champion stays.</summary>
    private async Task<RolloutEnd?> StayAsync(string id, RolloutStatus own, CancellationToken cancellationToken)
    {
        var end = new EndInput(own.Model, own.Version, RolloutState.Promoted, $"version {own.Version} is the champion already", own.By, -1, 100, 0);
        return (await EndAsync(id, end, cancellationToken)).End;
    }

    /// <summary>Gives the version its share of the step.</summary>
    public async Task<ShareResult> ShareAsync(string id, ShareInput input, CancellationToken cancellationToken)
    {
        (RolloutStatus? own, RolloutEnd? end) = await StandingAsync(input.Model, id, cancellationToken);
        if (end is not null)
            return new ShareResult(time.GetUtcNow(), end);
        if (input is { Step: 0, Turn: 0 } && FreezeWindow.Until(own!.Policy.Freeze, time.GetUtcNow()) is { } until)
            return await FrozenAsync(own, until, cancellationToken);
        IReadOnlyList<TrafficShare> traffic = own!.Champion is { } champion
            ? TrafficSplit.Canary(champion, input.Version, (int)Math.Round(input.Percent * 100))
            : TrafficSplit.Whole(input.Version);
        string reason = $"rollout of version {input.Version}: step {input.Step + 1}, {(input.Kind == StageKind.Shadow ? $"shadow of {own.Policy.ShadowShare} %" : $"{input.Percent} %")}";
        if (await TryApplyAsync(input.Model, new TrafficChange(traffic, reason, id, RequiredRollout: id, Key: input.Turn == 0 ? $"{id}~step-{input.Step}" : $"{id}~step-{input.Step}-{input.Turn}", Shadow: ShadowOf(own.Policy, input)), cancellationToken) is not { } endpoint)
            return new ShareResult(time.GetUtcNow(), await SupersededAsync(input.Model, id, cancellationToken));
        await table.ChangeAsync(input.Model, id, r => r with { Step = input.Step, Percent = input.Percent, StepStartedAt = endpoint.ChangedAt, UpdatedAt = time.GetUtcNow(), State = RolloutState.Running, Reason = reason }, cancellationToken);
        await table.AddAsync(input.Model, id, new RolloutDecision(input.Sequence, time.GetUtcNow(), RolloutDecisionKind.StepStarted, input.Step, input.Percent, reason), cancellationToken);
        return new ShareResult(endpoint.ChangedAt, null);
    }

    private static ShadowShare? ShadowOf(RolloutPolicy policy, ShareInput input) => input.Kind == StageKind.Shadow
        ? new ShadowShare(input.Version, Math.Max(1, (int)Math.Round(policy.ShadowShare * 100)))
        : null;

    private async Task<ShareResult> FrozenAsync(RolloutStatus own, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await table.ChangeAsync(own.Model, own.Id, r => r with { Reason = Frozen(until), UpdatedAt = time.GetUtcNow() }, cancellationToken);
        return new ShareResult(time.GetUtcNow(), null, until);
    }

    /// <summary>Looks at the numbers; a verdict other than to wait is stored with them.</summary>
    public async Task<CheckResult> CheckAsync(string id, CheckInput input, CancellationToken cancellationToken)
    {
        (RolloutStatus? own, RolloutEnd? end) = await StandingAsync(input.Model, id, cancellationToken);
        if (end is not null)
            return new CheckResult(RolloutVerdict.Wait, end.Reason, null, null, end);
        CheckResult result = own!.Champion is { } champion && (input.Percent > 0 || input.Kind == StageKind.Shadow)
            ? await MeasureAsync(own, champion, input, cancellationToken)
            : Unmeasured(own.Policy, input);
        if (input.AwaitsApproval)
            result = Approval(own.Policy, input, result);
        result = HeldUp(own.Policy, input, result);
        RolloutState state = input.PausedBy is not null ? RolloutState.Paused : input.AwaitsApproval ? RolloutState.AwaitingApproval : RolloutState.Running;
        await table.ChangeAsync(input.Model, id, r => r with { State = state, Reason = result.Reason, UpdatedAt = time.GetUtcNow() }, cancellationToken);
        if (result.Verdict != RolloutVerdict.Wait && !(result.Verdict == RolloutVerdict.Hold && input.Held))
            await table.AddAsync(input.Model, id, new RolloutDecision(input.Sequence, time.GetUtcNow(), KindOf(result.Verdict), input.Step, input.Percent, result.Reason, result.Canary, result.Champion, Evidence: result.Evidence), cancellationToken);
        return result;
    }

    public Task NoteAsync(string id, CommandInput input, CancellationToken cancellationToken)
    {
        RolloutCommand command = input.Command;
        string reason = command.Reason is null ? $"{command.Action} by {command.By}" : $"{command.Action} by {command.By}: {command.Reason}";
        return table.AddAsync(input.Model, id, new RolloutDecision(input.Sequence, time.GetUtcNow(), RolloutDecisionKind.Commanded, input.Step, input.Percent, reason, By: command.By), cancellationToken);
    }

    /// <summary>Ends the rollout: promoted, the version has all traffic and the alias <c>champion</c>; otherwise the champion has all of it back.</summary>
    public async Task<EndResult> EndAsync(string id, EndInput input, CancellationToken cancellationToken)
    {
        (RolloutStatus? own, RolloutEnd? end) = await StandingAsync(input.Model, id, cancellationToken);
        if (own is null || end is not null)
            return new EndResult(end);
        own = await IntendAsync(own, new RolloutEnd(input.State, input.Reason), cancellationToken);
        RolloutEnd ending = own.Ending!;
        bool promoted = ending.State == RolloutState.Promoted;
        int? winner = promoted ? own.Version : own.Champion;
        var change = new TrafficChange(winner is { } v ? TrafficSplit.Whole(v) : [], ending.Reason, id, RequiredRollout: id, Key: $"{id}~end");
        if (await TryApplyAsync(input.Model, change, cancellationToken) is null)
            return new EndResult(await SupersededAsync(input.Model, id, cancellationToken));
        await MoveAliasesAsync(id, own, promoted, cancellationToken);
        int percent = promoted ? 100 : 0;
        await table.AddAsync(input.Model, id, new RolloutDecision(input.Sequence, time.GetUtcNow(), RolloutDecisionKind.Ended, input.Step, percent, ending.Reason, By: input.By), cancellationToken);
        await table.ChangeAsync(input.Model, id, r => Ended(r, ending.State, ending.Reason) with { By = input.By ?? r.By, Percent = percent }, cancellationToken);
        logger.RolloutEnded(id, input.Model, own.Version, ending.State, ending.Reason);
        RolloutMetrics.Ended(input.Model, ending.State);
        return new EndResult(ending);
    }

    /// <summary>Ends a rollout that has no workflow to do it.</summary>
    public Task<EndResult> EndOrphanAsync(RolloutStatus open, RolloutEnd end, string? by, CancellationToken cancellationToken) =>
        EndAsync(open.Id, new EndInput(open.Model, open.Version, end.State, end.Reason, by, open.Step, open.Percent, OrphanSequence), cancellationToken);

    /// <summary>After a promotion: the champion of before takes the traffic and the alias again.</summary>
    public async Task RestoreAsync(RolloutStatus promoted, int champion, string by, string reason, CancellationToken cancellationToken)
    {
        await table.UpdateAsync(promoted.Model, promoted.Id, r => r.State == RolloutState.Promoted, r => r with { Ending = new RolloutEnd(RolloutState.RolledBack, reason), By = by }, cancellationToken);
        await endpoints.ApplyAsync(promoted.Model, new TrafficChange(TrafficSplit.Whole(champion), reason, promoted.Id, RequiredRollout: promoted.Id, Key: $"{promoted.Id}~restore"), cancellationToken);
        await registry.ChangeAliasesAsync(promoted.Model, [new AliasChange(RegistryLimits.Champion, champion), new AliasChange(Rollouts.Previous, null)], by, cancellationToken);
        await table.AddAsync(promoted.Model, promoted.Id, new RolloutDecision(RestoreSequence, time.GetUtcNow(), RolloutDecisionKind.Commanded, promoted.Step, 0, reason, By: by), cancellationToken);
        await table.UpdateAsync(promoted.Model, promoted.Id, r => r.State == RolloutState.Promoted, r => Ended(r, RolloutState.RolledBack, reason) with { By = by, Percent = 0 }, cancellationToken);
        logger.RolloutEnded(promoted.Id, promoted.Model, promoted.Version, RolloutState.RolledBack, reason);
        RolloutMetrics.Ended(promoted.Model, RolloutState.RolledBack);
    }

    /// <summary>Come after every decision of the workflow itself.</summary>
    private const int OrphanSequence = 999_998;

    private const int RestoreSequence = 999_999;

    /// <summary>The first intention counts: an end that was begun and interrupted is finished as it was meant.</summary>
    private async Task<RolloutStatus> IntendAsync(RolloutStatus own, RolloutEnd end, CancellationToken cancellationToken)
    {
        await table.ChangeAsync(own.Model, own.Id, r => r.Ending is null ? r with { Ending = end } : r, cancellationToken);
        RolloutStatus now = await table.FindAsync(own.Model, own.Id, cancellationToken) ?? own;
        return now.Ending is null ? now with { Ending = end } : now;
    }

    private async Task<(RolloutStatus Own, RolloutEnd? End)> ClaimAsync(string id, RolloutInput input, CancellationToken cancellationToken)
    {
        while (true)
        {
            Endpoint? endpoint = await endpoints.FindAsync(input.Model, cancellationToken);
            RolloutStatus? owner = endpoint?.RolloutId is { } ownerId ? await table.FindAsync(input.Model, ownerId, cancellationToken) : null;
            if (owner?.Id == id)
                return (owner, owner.IsOpen ? null : new RolloutEnd(owner.State, owner.Reason));
            if (owner is { IsOpen: true, Ending: { } ending })
            {
                await EndOrphanAsync(owner, ending, owner.By, cancellationToken);
                continue;
            }

            RolloutStatus own = NewStatus(id, input, endpoint, owner is { IsOpen: true } ? owner : null);
            if (own.Champion == input.Version && own.Supersedes is null)
                return await ServesAlreadyAsync(own, cancellationToken);
            await table.PutAsync(own, cancellationToken);
            try
            {
                // The record comes first, the endpoint decides: with its revision unchanged, nobody else took over meanwhile.
                Endpoint after = await endpoints.ApplyAsync(input.Model, Claim(own, endpoint?.Revision ?? 0), cancellationToken);
                return (own, after.RolloutId == id ? null : await SupersededAsync(input.Model, id, cancellationToken));
            }
            catch (MlOpsException e) when (e.Code == "endpoint-changed")
            {
            }
        }
    }

    private RolloutStatus NewStatus(string id, RolloutInput input, Endpoint? endpoint, RolloutStatus? open)
    {
        DateTimeOffset now = time.GetUtcNow();
        int? champion = open is null ? endpoint?.StableVersion : open.Champion;
        return new RolloutStatus(id, input.Model, input.Version, champion, input.Policy, RolloutState.Running, -1, 0, now, now, now, "begun", input.By, open?.Id);
    }

    private static TrafficChange Claim(RolloutStatus own, long revision) => new(
        own.Champion is { } champion ? TrafficSplit.Whole(champion) : [],
        $"rollout of version {own.Version} begins", own.Id, revision, Key: $"{own.Id}~begin", Unit: own.Policy.Unit);

    private async Task<(RolloutStatus, RolloutEnd)> ServesAlreadyAsync(RolloutStatus own, CancellationToken cancellationToken)
    {
        string reason = $"version {own.Version} has all traffic already";
        await registry.ChangeAliasesAsync(own.Model, [new AliasChange(RegistryLimits.Champion, own.Version)], By(own.Id), cancellationToken);
        await table.PutAsync(Ended(own, RolloutState.Promoted, reason) with { Percent = 100 }, cancellationToken);
        return (own, new RolloutEnd(RolloutState.Promoted, reason));
    }

    private async Task<CheckResult> MeasureAsync(RolloutStatus own, int champion, CheckInput input, CancellationToken cancellationToken)
    {
        if (!input.Sequential)
            return await MeasureByLimitsAsync(own, champion, input, cancellationToken);
        await KeepWarmAsync(own.Model, champion, cancellationToken);
        (RolloutEvidence evidence, TrafficNumbers canary, TrafficNumbers reference) = await _evidence.GatherAsync(
            own, champion, (await endpoints.GetAsync(own.Model, cancellationToken)).Revision, input, cancellationToken);
        Judgement judgement = StageJudge.Judge(evidence, Elapsed(input), own.Policy.StageBake, own.Policy.Deadline);
        return new CheckResult(judgement.Verdict, judgement.Reason, canary, reference, null, evidence);
    }

    private async Task<CheckResult> MeasureByLimitsAsync(RolloutStatus own, int champion, CheckInput input, CancellationToken cancellationToken)
    {
        DateTimeOffset championSince = ChampionReference.Since(own, input);
        var canary = TrafficNumbers.Of(await sources.Stats.ReadAsync(input.Model, input.Version, input.Since, cancellationToken));
        var reference = TrafficNumbers.Of(await sources.Stats.ReadAsync(input.Model, champion, championSince, cancellationToken));
        Judgement judgement = RolloutGuard.Judge(own.Policy, input.Percent, canary, reference, Elapsed(input));
        return new CheckResult(judgement.Verdict, judgement.Reason, canary, reference, null);
    }

    /// <summary>
    /// Used now and then, the version to fall back to is not the one that goes when memory is short. One that cannot be loaded is no
    /// reason to give the traffic back to it.
    /// </summary>
    private async Task KeepWarmAsync(string model, int champion, CancellationToken cancellationToken)
    {
        try
        {
            await models.GetAsync(await registry.GetVersionAsync(model, champion, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.ChampionNotWarm(model, champion, e.Message);
        }
    }

    /// <summary>A step that has passed goes on only when nobody paused it and no freeze is on; a pause stops the deadline as well.</summary>
    private static CheckResult HeldUp(RolloutPolicy policy, CheckInput input, CheckResult result)
    {
        if (input.PausedBy is { } by && result.Verdict is RolloutVerdict.Pass or RolloutVerdict.CannotMeasure)
            return result with { Verdict = RolloutVerdict.Hold, Reason = $"paused by {by}; else: {result.Reason}" };
        return result.Verdict == RolloutVerdict.Pass && input.Sequential && FreezeWindow.Until(policy.Freeze, input.Now) is { } until
            ? result with { Verdict = RolloutVerdict.Hold, Reason = $"{Frozen(until)}; else: {result.Reason}" }
            : result;
    }

    private static string Frozen(DateTimeOffset until) => $"frozen until {until.UtcDateTime.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture)} UTC";

    private static TimeSpan Elapsed(CheckInput input) => input.Now - input.Since - input.PausedFor;

    private static CheckResult Unmeasured(RolloutPolicy policy, CheckInput input) => Elapsed(input) >= policy.Deadline
        ? new CheckResult(RolloutVerdict.CannotMeasure, "no traffic within the deadline", null, null, null)
        : new CheckResult(RolloutVerdict.Wait, "no traffic yet", null, null, null);

    /// <summary>The step before has passed: what counts now is that it does no harm while it waits, and that somebody approves in time.</summary>
    private static CheckResult Approval(RolloutPolicy policy, CheckInput input, CheckResult result)
    {
        if (result.Verdict == RolloutVerdict.Breach)
            return result;
        if (input.Approved)
            return result with { Verdict = RolloutVerdict.Pass, Reason = "approved" };
        return Elapsed(input) >= policy.Deadline
            ? result with { Verdict = RolloutVerdict.CannotMeasure, Reason = $"nobody approved within the deadline of {policy.Deadline}" }
            : result with { Verdict = RolloutVerdict.Wait, Reason = $"version {input.Version} awaits approval" };
    }

    private async Task<(RolloutStatus? Own, RolloutEnd? End)> StandingAsync(string model, string id, CancellationToken cancellationToken)
    {
        RolloutStatus? own = await table.FindAsync(model, id, cancellationToken);
        if (own is null)
            return (null, null);
        if (!own.IsOpen)
            return (own, new RolloutEnd(own.State, own.Reason));
        Endpoint? endpoint = await endpoints.FindAsync(model, cancellationToken);
        return endpoint?.RolloutId == id ? (own, null) : (own, await SupersededAsync(model, id, cancellationToken));
    }

    private async Task<RolloutEnd> SupersededAsync(string model, string id, CancellationToken cancellationToken)
    {
        await table.ChangeAsync(model, id, r => Ended(r, RolloutState.Superseded, "a newer rollout took over"), cancellationToken);
        RolloutStatus? own = await table.FindAsync(model, id, cancellationToken);
        return new RolloutEnd(own?.State ?? RolloutState.Superseded, own?.Reason ?? "a newer rollout took over");
    }

    private async Task<Endpoint?> TryApplyAsync(string model, TrafficChange change, CancellationToken cancellationToken)
    {
        try
        {
            Endpoint endpoint = await endpoints.ApplyAsync(model, change, cancellationToken);
            return endpoint.RolloutId == change.RolloutId ? endpoint : null;
        }
        catch (MlOpsException e) when (e.Code == "endpoint-taken")
        {
            return null;
        }
    }

    private async Task MoveAliasesAsync(string id, RolloutStatus own, bool promoted, CancellationToken cancellationToken)
    {
        List<AliasChange> changes = await ChallengerOffAsync(own, cancellationToken);
        if (promoted)
        {
            changes.Add(new AliasChange(RegistryLimits.Champion, own.Version));
            if (own.Champion is { } champion && champion != own.Version)
                changes.Add(new AliasChange(Rollouts.Previous, champion));
        }

        await registry.ChangeAliasesAsync(own.Model, changes, By(id), cancellationToken);
    }

    private RolloutStatus Ended(RolloutStatus status, RolloutState state, string reason) => status with { State = state, Reason = reason, UpdatedAt = time.GetUtcNow() };

    private static string By(string id) => $"rollout {id}";

    private static RolloutDecisionKind KindOf(RolloutVerdict verdict) => verdict switch
    {
        RolloutVerdict.Pass => RolloutDecisionKind.StepPassed,
        RolloutVerdict.Breach => RolloutDecisionKind.Breached,
        RolloutVerdict.Hold => RolloutDecisionKind.Held,
        _ => RolloutDecisionKind.CannotMeasure,
    };
}
