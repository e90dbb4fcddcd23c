using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout.Planning;
using MlOps.Domain.Rollout.Steps;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>Starts, shows and steers rollouts. At most one is open for a model: a new one supersedes it.</summary>
public sealed class Rollouts(
    IEntityTable tables,
    EndpointStore endpoints,
    ModelRegistry registry,
    ModelCache models,
    RolloutSources sources,
    IWorkflowClient workflows,
    IIdSource ids,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>The alias of the champion before the present one.</summary>
    public const string Previous = RegistryLimits.Previous;

    /// <summary>A command that ends a rollout is obeyed within milliseconds, unless a step of the workflow is slow or fails.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly RolloutTable _table = new(tables);

    private readonly StartedRollouts _started = new(tables, new RolloutTable(tables), workflows, time);

    /// <summary>Removes what is known of the rollouts of a model.</summary>
    internal Task ForgetAsync(string model, CancellationToken cancellationToken) => _table.ForgetAsync(model, cancellationToken);

    private readonly RolloutPlanner _planner = new(sources, time);

    private readonly RolloutEnding _ending = new(
        new RolloutTable(tables), endpoints, registry, models, new RolloutOwnership(new RolloutTable(tables), endpoints, time), time, logger);

    /// <summary>Starts a rollout and returns it as it begins; every process sees it from then on.</summary>
    /// <exception cref="MlOpsException">Invalid <c>rollout-policy</c>, <c>rollout-log-off</c> (it compares what is not recorded); NotFound for an unknown model or version.</exception>
    public async Task<RolloutStatus> StartAsync(string model, int version, RolloutPolicy policy, string by, CancellationToken cancellationToken)
    {
        ModelVersion registered = await registry.GetVersionAsync(model, version, cancellationToken);
        RolloutPolicyCheck.Check(policy, registered.Signature.Task);
        Endpoint? endpoint = await endpoints.FindAsync(model, cancellationToken);
        int? champion = await RolloutBeginning.ChampionAsync(_table, endpoint, cancellationToken);
        await RolloutBeginning.CheckOthersAsync(registry, registered, policy, champion, cancellationToken);
        if (endpoint?.StableVersion is not null)
            await LogNeeds.CheckAsync(sources.Policies, model, policy, cancellationToken);
        string id = $"rollout-{ids.NewId()}";
        DateTimeOffset now = time.GetUtcNow();
        var starting = new RolloutStatus(id, model, version, champion, policy, RolloutState.Running, -1, 0, now, now, now, "starting", by);
        await workflows.StartAsync(RolloutWorkflow.WorkflowName, new RolloutInput(model, version, policy, by), id, cancellationToken);
        await _started.NoteAsync(starting, cancellationToken);
        return await _table.FindAsync(model, id, cancellationToken) ?? starting;
    }

    /// <summary>How many days a rollout by the policy takes at the present traffic, and whether it can end before its deadlines at all.</summary>
    /// <param name="version">The one that shall be rolled out; null where it is not known yet: then only what does not depend on it is checked.</param>
    /// <exception cref="MlOpsException">Invalid <c>rollout-policy</c>, as a start would be; NotFound <c>endpoint-missing</c>, or for an unknown version.</exception>
    public async Task<RolloutPlan> PlanAsync(string model, int? version, RolloutPolicy policy, CancellationToken cancellationToken)
    {
        Endpoint endpoint = await endpoints.GetAsync(model, cancellationToken);
        ModelVersion stable = await registry.GetVersionAsync(model, endpoint.StableVersion ?? throw EndpointStore.Missing(model), cancellationToken);
        ModelVersion planned = version is { } known ? await registry.GetVersionAsync(model, known, cancellationToken) : stable;
        RolloutPolicyCheck.Check(policy, planned.Signature.Task);
        int? champion = await RolloutBeginning.ChampionAsync(_table, endpoint, cancellationToken);
        await RolloutBeginning.CheckOthersAsync(registry, planned, policy, champion ?? stable.Version, cancellationToken);
        return await _planner.PlanAsync(endpoint, stable, policy, cancellationToken);
    }

    /// <summary>The newest rollout of the model: the one that was started last, though it may not have begun yet, or that owns the traffic since.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>.</exception>
    public async Task<RolloutStatus> GetAsync(string model, CancellationToken cancellationToken) =>
        await _started.NewestAsync(model, await OwnerAsync(model, cancellationToken), cancellationToken)
            ?? throw MlOpsException.NotFound("rollout-none", $"model '{model}' has had no rollout; start one (mlops rollout start {model} VERSION)");

    /// <exception cref="MlOpsException">NotFound <c>rollout-missing</c>.</exception>
    public async Task<RolloutStatus> GetAsync(string model, string id, CancellationToken cancellationToken) =>
        await _table.FindAsync(model, id, cancellationToken)
            ?? (await _started.PendingAsync(model, cancellationToken) is { } pending && pending.Id == id ? pending : null)
            ?? throw MlOpsException.NotFound("rollout-missing", $"model '{model}' has no rollout '{id}'");

    /// <summary>All rollouts of a model, newest first.</summary>
    public async Task<IReadOnlyList<RolloutStatus>> ListAsync(string model, CancellationToken cancellationToken)
    {
        IReadOnlyList<RolloutStatus> begun = await _table.ListAsync(model, cancellationToken);
        return await _started.PendingAsync(model, cancellationToken) is { } pending && begun.All(r => r.Id != pending.Id) ? [pending, .. begun] : begun;
    }

    /// <summary>What was decided in a rollout, in order, each with its numbers.</summary>
    public IAsyncEnumerable<RolloutDecision> DecisionsAsync(string model, string id, CancellationToken cancellationToken) =>
        _table.DecisionsAsync(model, id, cancellationToken);

    /// <summary>Lets a rollout take all traffic once its steps have passed.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>; Conflict <c>rollout-ended</c>.</exception>
    public Task<RolloutStatus> ApproveAsync(string model, string by, string? reason, CancellationToken cancellationToken) =>
        CommandAsync(model, new RolloutCommand(RolloutAction.Approve, by, reason), cancellationToken);

    /// <summary>Keeps an open rollout from taking a further step until it is resumed. It keeps its share, is watched, and is rolled back if need be; its deadline stands still.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>; Conflict <c>rollout-ended</c>.</exception>
    public Task<RolloutStatus> PauseAsync(string model, string by, string? reason, CancellationToken cancellationToken) =>
        CommandAsync(model, new RolloutCommand(RolloutAction.Pause, by, reason), cancellationToken);

    /// <summary>Lets a paused rollout go on; one that is not paused goes on as it was.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>; Conflict <c>rollout-ended</c>.</exception>
    public Task<RolloutStatus> ResumeAsync(string model, string by, string? reason, CancellationToken cancellationToken) =>
        CommandAsync(model, new RolloutCommand(RolloutAction.Resume, by, reason), cancellationToken);

    /// <summary>Promotes now, whatever steps and approvals are left. Returns once the rollout has ended, or after 15 s as it then is.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>; Conflict <c>rollout-ended</c> (also when it ended otherwise before it saw the command), <c>rollout-lost</c>.</exception>
    public async Task<RolloutStatus> PromoteAsync(string model, string by, string? reason, CancellationToken cancellationToken) =>
        EndedAs(RolloutState.Promoted, await CommandAsync(model, new RolloutCommand(RolloutAction.Promote, by, reason), cancellationToken), RolloutAction.Promote);

    /// <summary>Ends an open rollout; the champion keeps the traffic. Returns once it has ended, or after 15 s as it then is.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>; Conflict <c>rollout-ended</c> (also when it ended otherwise before it saw the command).</exception>
    public async Task<RolloutStatus> AbortAsync(string model, string by, string? reason, CancellationToken cancellationToken) =>
        EndedAs(RolloutState.Aborted, await CommandAsync(model, new RolloutCommand(RolloutAction.Abort, by, reason), cancellationToken), RolloutAction.Abort);

    /// <summary>Rolls an open rollout back; after a promotion, gives the champion of before its traffic and its alias back.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>; Conflict <c>rollout-ended</c> (rolled back already), <c>rollout-no-previous</c>.</exception>
    public async Task<RolloutStatus> RollbackAsync(string model, string by, string? reason, CancellationToken cancellationToken)
    {
        RolloutStatus current = await SteeredAsync(model, cancellationToken);
        if (current.State != RolloutState.Promoted)
            current = await CommandAsync(model, new RolloutCommand(RolloutAction.Rollback, by, reason), cancellationToken);
        // Promoted now: it passed its last step before it saw the command.
        return current.State == RolloutState.Promoted
            ? await UndoAsync(current, by, reason, cancellationToken)
            : EndedAs(RolloutState.RolledBack, current, RolloutAction.Rollback);
    }

    /// <summary>
    /// Ends open rollouts whose workflow has ended without ending them (cancelled with its pipeline, or failed), and finishes
    /// rollbacks that a crash interrupted: a canary nobody watches must not keep its traffic. The host calls it at start and now and then.
    /// </summary>
    /// <returns>How many there were.</returns>
    public async Task<int> ReconcileAsync(CancellationToken cancellationToken)
    {
        int mended = 0;
        await foreach (Endpoint endpoint in endpoints.ListAsync(cancellationToken))
        {
            if (endpoint.RolloutId is { } id && await _table.FindUnsettledAsync(endpoint.Model, id, cancellationToken) is { } last && await TryMendAsync(last, cancellationToken))
                mended++;
        }

        return mended;
    }

    /// <summary>The rollout that owns, or last owned, the model's traffic.</summary>
    private async Task<RolloutStatus?> OwnerAsync(string model, CancellationToken cancellationToken) =>
        (await endpoints.FindAsync(model, cancellationToken))?.RolloutId is { } id ? await _table.FindAsync(model, id, cancellationToken) : null;

    /// <summary>The one that commands are for: the newest, or, where that has ended without any traffic, the one that had it last.</summary>
    private async Task<RolloutStatus> SteeredAsync(string model, CancellationToken cancellationToken)
    {
        RolloutStatus newest = await GetAsync(model, cancellationToken);
        return newest.IsOpen ? newest : await OwnerAsync(model, cancellationToken) ?? newest;
    }

    /// <summary>One endpoint that cannot be mended must not keep the others, nor the host, from their work.</summary>
    private async Task<bool> TryMendAsync(RolloutStatus last, CancellationToken cancellationToken)
    {
        try
        {
            return await MendAsync(last, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Conflict)
        {
            logger.RolloutNotMended(last.Id, last.Model, e);
            return false;
        }
    }

    private async Task<bool> MendAsync(RolloutStatus last, CancellationToken cancellationToken)
    {
        if (last is { State: RolloutState.Promoted, Ending: { State: RolloutState.RolledBack } restore, Champion: { } champion })
            await _ending.RestoreAsync(last, champion, last.By ?? last.Id, restore.Reason, cancellationToken);
        else if (last.IsOpen && await LostAsync(last, cancellationToken) is { } why)
            await EndOrphanAsync(last, RolloutState.RolledBack, why, null, cancellationToken);
        else
            return false;
        return true;
    }

    private async Task<RolloutStatus> UndoAsync(RolloutStatus promoted, string by, string? reason, CancellationToken cancellationToken)
    {
        if (promoted.Champion is not { } champion || champion == promoted.Leading)
            throw MlOpsException.Conflict("rollout-no-previous", $"version {promoted.Leading} of '{promoted.Model}' is its first champion: there is no version to go back to; roll another one out");
        string why = $"rolled back to version {champion} by {by}" + (reason is null ? "" : $": {reason}");
        await _ending.RestoreAsync(promoted, champion, by, why, cancellationToken);
        return await GetAsync(promoted.Model, promoted.Id, cancellationToken);
    }

    private async Task<RolloutStatus> CommandAsync(string model, RolloutCommand command, CancellationToken cancellationToken)
    {
        RolloutStatus open = await SteeredAsync(model, cancellationToken);
        if (!open.IsOpen)
            throw Ended(open, command.Action);
        if (await LostAsync(open, cancellationToken) is null)
            await RaiseAsync(open.Id, command, cancellationToken);
        RolloutStatus now = await GetAsync(model, open.Id, cancellationToken);
        return now.IsOpen && await LostAsync(now, cancellationToken) is { } why ? await EndLostAsync(now, command, why, cancellationToken) : now;
    }

    /// <summary>Hands the workflow a command. One that ends the rollout is waited for: raised as the workflow ends of itself, it would be lost unseen.</summary>
    private async Task RaiseAsync(string id, RolloutCommand command, CancellationToken cancellationToken)
    {
        try
        {
            await workflows.RaiseEventAsync(id, RolloutRun.CommandEvent, command, null, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "instance-ended")
        {
            return;
        }

        if (command.Action is RolloutAction.Promote or RolloutAction.Rollback or RolloutAction.Abort)
            await EndOfAsync(id, cancellationToken);
    }

    private async Task EndOfAsync(string id, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await workflows.WaitAsync(id, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task<RolloutStatus> EndLostAsync(RolloutStatus open, RolloutCommand command, string why, CancellationToken cancellationToken)
    {
        if (command.Action is not (RolloutAction.Abort or RolloutAction.Rollback))
            throw MlOpsException.Conflict("rollout-lost", $"the rollout of version {open.Leading} of '{open.Model}' cannot go on: {why}; abort it and start a new one");
        RolloutState state = command.Action == RolloutAction.Abort ? RolloutState.Aborted : RolloutState.RolledBack;
        await EndOrphanAsync(open, state, $"{Verb(command.Action)} by {command.By}: {why}", command.By, cancellationToken);
        return await GetAsync(open.Model, open.Id, cancellationToken);
    }

    /// <summary>The status, unless the rollout ended in another way than the command meant.</summary>
    private static RolloutStatus EndedAs(RolloutState meant, RolloutStatus now, RolloutAction action) =>
        now.IsOpen || now.State == meant ? now : throw Ended(now, action);

    private static MlOpsException Ended(RolloutStatus ended, RolloutAction action) => MlOpsException.Conflict(
        "rollout-ended", $"the last rollout of '{ended.Model}' (version {ended.Leading}) ended as {EnumWord.Of(ended.State)}: {ended.Reason}; there is nothing to {Verb(action)}");

    /// <summary>Why nobody drives the rollout any more, or null when its workflow runs.</summary>
    private async Task<string?> LostAsync(RolloutStatus open, CancellationToken cancellationToken) => await workflows.FindAsync(open.Id, cancellationToken) switch
    {
        null => "its workflow does not exist any more",
        { HasEnded: false } => null,
        { State: WorkflowState.Cancelled } => "its workflow was cancelled",
        { Failure: { } failure } => $"its workflow failed: {failure.Message}",
        { } instance => $"its workflow is {instance.State}",
    };

    private async Task EndOrphanAsync(RolloutStatus open, RolloutState state, string reason, string? by, CancellationToken cancellationToken)
    {
        logger.RolloutOrphaned(open.Id, open.Model, reason);
        await _ending.EndOrphanAsync(open, new RolloutEnd(state, reason), by, cancellationToken);
    }

    private static string Verb(RolloutAction action) => action switch
    {
        RolloutAction.Approve => "approve",
        RolloutAction.Promote => "promote",
        RolloutAction.Rollback => "roll back",
        RolloutAction.Pause => "pause",
        RolloutAction.Resume => "resume",
        _ => "abort",
    };
}
