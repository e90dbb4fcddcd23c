using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;

namespace MlOps.Domain.Rollout.Steps;

/// <summary>Takes a model's endpoint over for a rollout. Safe to repeat.</summary>
internal sealed class RolloutBeginning(
    RolloutTable table, EndpointStore endpoints, ModelRegistry registry, ModelCache models, LogPolicies log, RolloutOwnership ownership, RolloutEnding ending, TimeProvider time, ILogger logger)
{
    /// <summary>Takes the endpoint over: a running rollout is superseded, its champion gets all traffic back; loads the version.</summary>
    public async Task<BeginResult> BeginAsync(string id, RolloutInput input, CancellationToken cancellationToken)
    {
        ModelVersion version = await registry.GetVersionAsync(input.Model, input.Version, cancellationToken);
        RolloutPolicyCheck.Check(input.Policy, version.Signature.Task);
        if ((await endpoints.FindAsync(input.Model, cancellationToken))?.StableVersion is not null)
            await LogNeeds.CheckAsync(log, input.Model, input.Policy, cancellationToken);
        (RolloutStatus own, RolloutEnd? end) = await ClaimAsync(id, input, version, cancellationToken);
        if (end is not null)
            return new BeginResult(own.Champion, own.StartedAt, end);
        if (own.Supersedes is { } old)
            await table.ChangeAsync(input.Model, old, r => ownership.Ended(r, RolloutState.Superseded, $"rollout '{id}' of version {input.Version} took over"), cancellationToken);
        if (own.Champion == input.Version)
            return new BeginResult(own.Champion, own.StartedAt, await StayAsync(id, own, cancellationToken));
        foreach (int each in input.Policy.Others.Prepend(input.Version))
            await models.GetAsync(await registry.GetVersionAsync(input.Model, each, cancellationToken), cancellationToken);
        if (own.Champion is not null)
            await registry.ChangeAliasesAsync(input.Model, [new AliasChange(RegistryLimits.Challenger, input.Version)], RolloutOwnership.By(id), cancellationToken);
        logger.RolloutBegun(id, input.Model, input.Version, own.Champion);
        return new BeginResult(own.Champion, own.StartedAt, null);
    }

    /// <summary>Whom a new rollout would be compared with: while another is open, the one that it gives the traffic back to.</summary>
    public static async Task<int?> ChampionAsync(RolloutTable table, Endpoint? endpoint, CancellationToken cancellationToken)
    {
        RolloutStatus? owner = endpoint?.RolloutId is { } id ? await table.FindAsync(endpoint.Model, id, cancellationToken) : null;
        return owner is { IsOpen: true } ? owner.Champion : endpoint?.StableVersion;
    }

    /// <summary>Whether a bandit's further versions can be had beside the one that is rolled out, or planned to be.</summary>
    /// <exception cref="MlOpsException">Invalid <c>rollout-policy</c>; NotFound for an unknown version.</exception>
    public static async Task CheckOthersAsync(ModelRegistry registry, ModelVersion version, RolloutPolicy policy, int? champion, CancellationToken cancellationToken)
    {
        foreach (int other in policy.Others)
        {
            ModelVersion found = await registry.GetVersionAsync(version.Model, other, cancellationToken);
            if (other == version.Version || other == champion)
                throw MlOpsException.Invalid("rollout-policy", $"the rollout policy cannot be used: others names version {other}, which is {(other == champion ? "the champion, and has its share of a bandit anyway" : "the one that is rolled out")}");
            if (found.Signature.Task != version.Signature.Task)
                throw MlOpsException.Invalid("rollout-policy", $"the rollout policy cannot be used: others names version {other}, a {found.Signature.Task.ToString().ToLowerInvariant()}, while version {version.Version} is a {version.Signature.Task.ToString().ToLowerInvariant()}");
        }
    }

    /// <summary>The champion itself was asked for while another version was on its way: that one is superseded, the champion stays.</summary>
    private async Task<RolloutEnd?> StayAsync(string id, RolloutStatus own, CancellationToken cancellationToken)
    {
        var end = new EndInput(own.Model, own.Version, RolloutState.Promoted, $"version {own.Version} is the champion already", own.By, -1, 100, 0);
        return (await ending.EndAsync(id, end, cancellationToken)).End;
    }

    private async Task<(RolloutStatus Own, RolloutEnd? End)> ClaimAsync(string id, RolloutInput input, ModelVersion version, CancellationToken cancellationToken)
    {
        while (true)
        {
            Endpoint? endpoint = await endpoints.FindAsync(input.Model, cancellationToken);
            RolloutStatus? owner = endpoint?.RolloutId is { } ownerId ? await table.FindAsync(input.Model, ownerId, cancellationToken) : null;
            if (owner?.Id == id)
                return (owner, owner.IsOpen ? null : new RolloutEnd(owner.State, owner.Reason));
            if (owner is { IsOpen: true, Ending: { } begun })
            {
                await ending.EndOrphanAsync(owner, begun, owner.By, cancellationToken);
                continue;
            }

            RolloutStatus own = NewStatus(id, input, endpoint, owner is { IsOpen: true } ? owner : null);
            // Of the champion that it gets, should the endpoint still be as it was read.
            await CheckOthersAsync(registry, version, input.Policy, own.Champion, cancellationToken);
            if (own.Champion == input.Version && own.Supersedes is null)
                return await ServesAlreadyAsync(own, cancellationToken);
            await table.PutAsync(own, cancellationToken);
            try
            {
                // The record comes first, the endpoint decides: with its revision unchanged, nobody else took over meanwhile.
                Endpoint after = await endpoints.ApplyAsync(input.Model, Claim(own, endpoint?.Revision ?? 0), cancellationToken);
                return (own, after.RolloutId == id ? null : await ownership.SupersededAsync(input.Model, id, cancellationToken));
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
        await registry.ChangeAliasesAsync(own.Model, [new AliasChange(RegistryLimits.Champion, own.Version)], RolloutOwnership.By(own.Id), cancellationToken);
        await table.PutAsync(ownership.Ended(own, RolloutState.Promoted, reason) with { Percent = 100 }, cancellationToken);
        return (own, new RolloutEnd(RolloutState.Promoted, reason));
    }
}
