using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;

namespace MlOps.Domain.Rollout.Steps;

/// <summary>Ends rollouts, and takes promotions back. Safe to repeat: what was begun is finished as it was meant.</summary>
internal sealed class RolloutEnding(RolloutTable table, EndpointStore endpoints, ModelRegistry registry, ModelCache models, RolloutOwnership ownership, TimeProvider time, ILogger logger)
{
    /// <summary>Come after every decision of the workflow itself.</summary>
    private const int OrphanSequence = 999_998;

    private const int RestoreSequence = 999_999;

    /// <summary>How often a version is tried to be loaded that is to have all traffic.</summary>
    private const int Loads = 3;

    private static readonly TimeSpan BetweenLoads = TimeSpan.FromSeconds(1);

    /// <summary>So long a rollback waits for the version before to be loaded: what has the traffic is worse than a slow answer.</summary>
    private static readonly TimeSpan RestorePatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Ends the rollout: promoted, the version has all traffic and the alias <c>champion</c>; otherwise the champion has all of it back. A version that
    /// cannot be loaded is not promoted, whoever wants it.
    /// </summary>
    public async Task<EndResult> EndAsync(string id, EndInput input, CancellationToken cancellationToken)
    {
        (RolloutStatus? own, RolloutEnd? end) = await ownership.StandingAsync(input.Model, id, cancellationToken);
        if (own is null || end is not null)
            return new EndResult(end);
        RolloutEnd meant = await PromotableAsync(own, new RolloutEnd(input.State, input.Reason), input.Version, cancellationToken);
        own = await IntendAsync(own, meant, input.Version, cancellationToken);
        RolloutEnd ending = own.Ending!;
        bool promoted = ending.State == RolloutState.Promoted;
        int? winner = promoted ? own.Leading : own.Champion;
        var change = new TrafficChange(winner is { } v ? TrafficSplit.Whole(v) : [], ending.Reason, id, RequiredRollout: id, Key: $"{id}~end");
        if (await ownership.TryApplyAsync(input.Model, change, cancellationToken) is null)
            return new EndResult(await ownership.SupersededAsync(input.Model, id, cancellationToken));
        await MoveAliasesAsync(id, own, promoted, cancellationToken);
        int percent = promoted ? 100 : 0;
        await table.AddAsync(input.Model, id, new RolloutDecision(input.Sequence, time.GetUtcNow(), RolloutDecisionKind.Ended, input.Step, percent, ending.Reason, By: input.By), cancellationToken);
        await table.ChangeAsync(input.Model, id, r => ownership.Ended(r, ending.State, ending.Reason) with { By = input.By ?? r.By, Percent = percent }, cancellationToken);
        logger.RolloutEnded(id, input.Model, own.Leading, ending.State, ending.Reason);
        RolloutMetrics.Ended(input.Model, ending.State);
        return new EndResult(ending);
    }

    /// <summary>Ends a rollout that has no workflow to do it.</summary>
    public Task<EndResult> EndOrphanAsync(RolloutStatus open, RolloutEnd end, string? by, CancellationToken cancellationToken) =>
        EndAsync(open.Id, new EndInput(open.Model, open.Leading, end.State, end.Reason, by, open.Step, open.Percent, OrphanSequence), cancellationToken);

    /// <summary>After a promotion: the champion of before takes the traffic and the alias again.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-version-missing</c>, before anything is moved.</exception>
    public async Task RestoreAsync(RolloutStatus promoted, int champion, string by, string reason, CancellationToken cancellationToken)
    {
        ModelVersion before = await registry.GetVersionAsync(promoted.Model, champion, cancellationToken);
        await WarmAsync(before, cancellationToken);
        await table.UpdateAsync(promoted.Model, promoted.Id, r => r.State == RolloutState.Promoted, r => r with { Ending = new RolloutEnd(RolloutState.RolledBack, reason), By = by }, cancellationToken);
        await endpoints.ApplyAsync(promoted.Model, new TrafficChange(TrafficSplit.Whole(champion), reason, promoted.Id, RequiredRollout: promoted.Id, Key: $"{promoted.Id}~restore"), cancellationToken);
        await registry.ChangeAliasesAsync(promoted.Model, [new AliasChange(RegistryLimits.Champion, champion), new AliasChange(Rollouts.Previous, null)], by, cancellationToken);
        await table.AddAsync(promoted.Model, promoted.Id, new RolloutDecision(RestoreSequence, time.GetUtcNow(), RolloutDecisionKind.Commanded, promoted.Step, 0, reason, By: by), cancellationToken);
        await table.UpdateAsync(promoted.Model, promoted.Id, r => r.State == RolloutState.Promoted, r => ownership.Ended(r, RolloutState.RolledBack, reason) with { By = by, Percent = 0 }, cancellationToken);
        logger.RolloutEnded(promoted.Id, promoted.Model, promoted.Leading, RolloutState.RolledBack, reason);
        RolloutMetrics.Ended(promoted.Model, RolloutState.RolledBack);
    }

    /// <summary>
    /// What it ends as. The version was loaded when its step began, if any did: promoted at once, in a freeze or a long pause, it may have left memory, or
    /// never have been there.
    /// </summary>
    /// <exception cref="MlOpsException">Unavailable: the store is away.</exception>
    private async Task<RolloutEnd> PromotableAsync(RolloutStatus own, RolloutEnd end, int version, CancellationToken cancellationToken)
    {
        if (end.State != RolloutState.Promoted || version == own.Champion || own.Ending is { State: not RolloutState.Promoted })
            return end;
        for (int tried = 1; ; tried++)
        {
            try
            {
                await models.GetAsync(await registry.GetVersionAsync(own.Model, version, cancellationToken), cancellationToken);
                return end;
            }
            catch (MlOpsException e) when (tried < Loads)
            {
                await Task.Delay(e.RetryAfter ?? BetweenLoads, time, cancellationToken);
            }
            // With a store that is away for longer the whole step is tried again.
            catch (MlOpsException e) when (!MayPass(e))
            {
                return new RolloutEnd(RolloutState.RolledBack, $"{end.Reason}, but version {version} cannot be loaded: {e.Message}");
            }
        }
    }

    /// <summary>Whether a load may work later with nothing done to the version: the store could not be read, and not what is in it.</summary>
    private static bool MayPass(MlOpsException e) =>
        e.Kind == ErrorKind.Unavailable && e.Code is not ("model-warmup" or "blob-corrupt") && (e.Code != "model-load" || e.InnerException is IOException);

    /// <summary>Loads it, if that is soon done.</summary>
    private async Task WarmAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        try
        {
            await models.GetAsync(version, cancellationToken).WaitAsync(RestorePatience, time, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.ChampionNotWarm(version.Model, version.Version, e.Message);
        }
    }

    /// <summary>The first intention counts: an end that was begun and interrupted is finished as it was meant.</summary>
    private async Task<RolloutStatus> IntendAsync(RolloutStatus own, RolloutEnd end, int version, CancellationToken cancellationToken)
    {
        RolloutStatus Meant(RolloutStatus r) => r with { Ending = end, Winner = version == r.Version ? r.Winner : version };
        await table.ChangeAsync(own.Model, own.Id, r => r.Ending is null ? Meant(r) : r, cancellationToken);
        RolloutStatus now = await table.FindAsync(own.Model, own.Id, cancellationToken) ?? own;
        return now.Ending is null ? Meant(now) : now;
    }

    private async Task MoveAliasesAsync(string id, RolloutStatus own, bool promoted, CancellationToken cancellationToken)
    {
        List<AliasChange> changes = await ChallengerOffAsync(own, cancellationToken);
        if (promoted)
        {
            changes.Add(new AliasChange(RegistryLimits.Champion, own.Leading));
            if (own.Champion is { } champion && champion != own.Leading)
                changes.Add(new AliasChange(Rollouts.Previous, champion));
        }

        await registry.ChangeAliasesAsync(own.Model, changes, RolloutOwnership.By(id), cancellationToken);
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
}
