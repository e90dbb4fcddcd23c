using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;

namespace MlOps.Domain.Rollout.Steps;

/// <summary>Gives a version its share of the traffic. Safe to repeat: each change has the key of its step.</summary>
internal sealed class RolloutSharing(RolloutTable table, ModelRegistry registry, ModelCache models, RolloutOwnership ownership, TimeProvider time)
{
    public async Task<ShareResult> ShareAsync(string id, ShareInput input, CancellationToken cancellationToken)
    {
        (RolloutStatus? own, RolloutEnd? end) = await ownership.StandingAsync(input.Model, id, cancellationToken);
        if (end is not null || input.LooksOnly)
            return new ShareResult(time.GetUtcNow(), end);
        if (input is { Step: 0, Turn: 0 } && FreezeWindow.Until(own!.Policy.Freeze, time.GetUtcNow()) is { } until)
            return await FrozenAsync(own, until, cancellationToken);
        if (input.Turn == 0)
            await LoadAsync(input, cancellationToken);
        IReadOnlyList<TrafficShare> traffic = own!.Champion is not { } champion ? TrafficSplit.Whole(input.Version)
            : input.Arms is { } arms ? TrafficSplit.Several(champion, arms.Select(a => new TrafficShare(a.Version, BasisPoints(a.Percent))))
            : TrafficSplit.Canary(champion, input.Version, BasisPoints(input.Percent));
        string reason = $"rollout of version {input.Version}: step {input.Step + 1}, {(input.Kind == StageKind.Shadow ? $"shadow of {own.Policy.ShadowShare} %" : input.Arms is null ? $"{input.Percent} %" : TrafficSplit.Format(traffic))}";
        if (await ownership.TryApplyAsync(input.Model, new TrafficChange(traffic, reason, id, RequiredRollout: id, Key: input.Turn == 0 ? $"{id}~step-{input.Step}" : $"{id}~step-{input.Step}-{input.Turn}", Shadow: ShadowOf(own.Policy, input), Continues: input.Turn > 0), cancellationToken) is not { } endpoint)
            return new ShareResult(time.GetUtcNow(), await ownership.SupersededAsync(input.Model, id, cancellationToken));
        await table.ChangeAsync(input.Model, id, r => r with { Step = input.Step, Percent = input.Percent, Winner = input.Version == r.Version ? r.Winner : input.Version, StepStartedAt = endpoint.ChangedAt, UpdatedAt = time.GetUtcNow(), State = RolloutState.Running, Reason = reason }, cancellationToken);
        await table.AddAsync(input.Model, id, new RolloutDecision(input.Sequence, time.GetUtcNow(), RolloutDecisionKind.StepStarted, input.Step, input.Percent, Told(reason, input), Evidence: input.Bandit is { } bandit ? new RolloutEvidence([], Bandit: bandit) : null), cancellationToken);
        return new ShareResult(endpoint.ChangedAt, null);
    }

    /// <summary>Loaded when the rollout began, they may have left memory while it waited for the end of a freeze or a pause.</summary>
    private async Task LoadAsync(ShareInput input, CancellationToken cancellationToken)
    {
        foreach (int version in (input.Arms ?? []).Where(a => a.Percent > 0).Select(a => a.Version).Append(input.Version).Distinct())
            await models.GetAsync(await registry.GetVersionAsync(input.Model, version, cancellationToken), cancellationToken);
    }

    /// <summary>With why versions are out.</summary>
    private static string Told(string reason, ShareInput input) => string.Join("; ", (input.Arms ?? []).Select(a => a.Out).OfType<string>().Prepend(reason));

    private static int BasisPoints(double percent) => (int)Math.Round(percent * 100);

    private static ShadowShare? ShadowOf(RolloutPolicy policy, ShareInput input) => input.Kind == StageKind.Shadow
        ? new ShadowShare(input.Version, Math.Max(1, (int)Math.Round(policy.ShadowShare * 100)))
        : null;

    private async Task<ShareResult> FrozenAsync(RolloutStatus own, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await table.ChangeAsync(own.Model, own.Id, r => r with { State = RolloutState.Running, Reason = FreezeWindow.Told(until), UpdatedAt = time.GetUtcNow() }, cancellationToken);
        return new ShareResult(time.GetUtcNow(), null, until);
    }
}
