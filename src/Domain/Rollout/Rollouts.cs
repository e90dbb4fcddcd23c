using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>Starts, shows and steers rollouts. At most one is open for a model: a new one supersedes it.</summary>
public sealed class Rollouts(
    IEntityTable tables,
    EndpointStore endpoints,
    ModelRegistry registry,
    ModelCache models,
    TrafficStats stats,
    IWorkflowClient workflows,
    IIdSource ids,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>The alias of the champion before the present one.</summary>
    public const string Previous = "previous";

    private readonly RolloutTable _table = new(tables);

    private readonly RolloutOperations _operations = new(new RolloutTable(tables), endpoints, registry, models, stats, time, logger);

    /// <summary>Starts a rollout and returns it as it begins.</summary>
    /// <exception cref="MlOpsException">Invalid <c>rollout-policy</c>; NotFound for an unknown model or version.</exception>
    public async Task<RolloutStatus> StartAsync(string model, int version, RolloutPolicy policy, string by, CancellationToken cancellationToken)
    {
        RolloutPolicyCheck.Check(policy);
        await registry.GetVersionAsync(model, version, cancellationToken);
        string id = $"rollout-{ids.NewId()}";
        await workflows.StartAsync(RolloutWorkflow.WorkflowName, new RolloutInput(model, version, policy, by), id, cancellationToken);
        DateTimeOffset now = time.GetUtcNow();
        return await _table.FindAsync(model, id, cancellationToken)
            ?? new RolloutStatus(id, model, version, null, policy, RolloutState.Running, -1, 0, now, now, now, "starting", by);
    }

    /// <summary>The rollout that owns, or last owned, the model's traffic.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>.</exception>
    public async Task<RolloutStatus> GetAsync(string model, CancellationToken cancellationToken)
    {
        string? id = (await endpoints.FindAsync(model, cancellationToken))?.RolloutId;
        return (id is null ? null : await _table.FindAsync(model, id, cancellationToken))
            ?? throw MlOpsException.NotFound("rollout-none", $"model '{model}' has had no rollout; start one (mlops rollout start {model} VERSION)");
    }

    /// <exception cref="MlOpsException">NotFound <c>rollout-missing</c>.</exception>
    public async Task<RolloutStatus> GetAsync(string model, string id, CancellationToken cancellationToken) =>
        await _table.FindAsync(model, id, cancellationToken) ?? throw MlOpsException.NotFound("rollout-missing", $"model '{model}' has no rollout '{id}'");

    /// <summary>All rollouts of a model, newest first.</summary>
    public Task<IReadOnlyList<RolloutStatus>> ListAsync(string model, CancellationToken cancellationToken) => _table.ListAsync(model, cancellationToken);

    /// <summary>What was decided in a rollout, in order, each with its numbers.</summary>
    public IAsyncEnumerable<RolloutDecision> DecisionsAsync(string model, string id, CancellationToken cancellationToken) =>
        _table.DecisionsAsync(model, id, cancellationToken);

    /// <summary>Lets a rollout take all traffic once its steps have passed.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>; Conflict <c>rollout-ended</c>.</exception>
    public Task<RolloutStatus> ApproveAsync(string model, string by, string? reason, CancellationToken cancellationToken) =>
        CommandAsync(model, new RolloutCommand(RolloutAction.Approve, by, reason), cancellationToken);

    /// <summary>Promotes now, whatever steps and approvals are left.</summary>
    /// <inheritdoc cref="ApproveAsync"/>
    public Task<RolloutStatus> PromoteAsync(string model, string by, string? reason, CancellationToken cancellationToken) =>
        CommandAsync(model, new RolloutCommand(RolloutAction.Promote, by, reason), cancellationToken);

    /// <summary>Ends an open rollout; the champion keeps the traffic.</summary>
    /// <inheritdoc cref="ApproveAsync"/>
    public Task<RolloutStatus> AbortAsync(string model, string by, string? reason, CancellationToken cancellationToken) =>
        CommandAsync(model, new RolloutCommand(RolloutAction.Abort, by, reason), cancellationToken);

    /// <summary>Rolls an open rollout back; after a promotion, gives the champion of before its traffic and its alias back.</summary>
    /// <exception cref="MlOpsException">NotFound <c>rollout-none</c>; Conflict <c>rollout-ended</c> (rolled back already), <c>rollout-no-previous</c>.</exception>
    public async Task<RolloutStatus> RollbackAsync(string model, string by, string? reason, CancellationToken cancellationToken)
    {
        RolloutStatus current = await GetAsync(model, cancellationToken);
        if (current.State != RolloutState.Promoted)
            return await CommandAsync(model, new RolloutCommand(RolloutAction.Rollback, by, reason), cancellationToken);
        if (current.Champion is not { } champion || champion == current.Version)
            throw MlOpsException.Conflict("rollout-no-previous", $"version {current.Version} of '{model}' is its first champion: there is no version to go back to; roll another one out");
        string why = $"rolled back to version {champion} by {by}" + (reason is null ? "" : $": {reason}");
        await _operations.RestoreAsync(current, champion, by, why, cancellationToken);
        return await GetAsync(model, cancellationToken);
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
            if (endpoint.RolloutId is { } id && await _table.FindAsync(endpoint.Model, id, cancellationToken) is { } last && await MendAsync(last, cancellationToken))
                mended++;
        }

        return mended;
    }

    private async Task<bool> MendAsync(RolloutStatus last, CancellationToken cancellationToken)
    {
        if (last is { State: RolloutState.Promoted, Ending: { State: RolloutState.RolledBack } restore, Champion: { } champion })
            await _operations.RestoreAsync(last, champion, last.By ?? last.Id, restore.Reason, cancellationToken);
        else if (last.IsOpen && await LostAsync(last, cancellationToken) is { } why)
            await EndOrphanAsync(last, RolloutState.RolledBack, why, null, cancellationToken);
        else
            return false;
        return true;
    }

    private async Task<RolloutStatus> CommandAsync(string model, RolloutCommand command, CancellationToken cancellationToken)
    {
        RolloutStatus current = await GetAsync(model, cancellationToken);
        if (!current.IsOpen)
            throw MlOpsException.Conflict("rollout-ended", $"the last rollout of '{model}' (version {current.Version}) ended as {current.State}: {current.Reason}; there is nothing to {Verb(command.Action)}");
        if (await LostAsync(current, cancellationToken) is not { } why)
            await workflows.RaiseEventAsync(current.Id, RolloutRun.CommandEvent, command, null, cancellationToken);
        else if (command.Action is RolloutAction.Abort or RolloutAction.Rollback)
            await EndOrphanAsync(current, command.Action == RolloutAction.Abort ? RolloutState.Aborted : RolloutState.RolledBack, $"{Verb(command.Action)} by {command.By}: {why}", command.By, cancellationToken);
        else
            throw MlOpsException.Conflict("rollout-lost", $"the rollout of version {current.Version} of '{model}' cannot go on: {why}; abort it and start a new one");
        return await GetAsync(model, current.Id, cancellationToken);
    }

    /// <summary>Why nobody drives the rollout any more, or null when its workflow runs.</summary>
    private async Task<string?> LostAsync(RolloutStatus open, CancellationToken cancellationToken) => await workflows.FindAsync(open.Id, cancellationToken) switch
    {
        null => "its workflow does not exist any more",
        { State: WorkflowState.Running } => null,
        { State: WorkflowState.Cancelled } => "its workflow was cancelled",
        { Failure: { } failure } => $"its workflow failed: {failure.Message}",
        { } instance => $"its workflow is {instance.State}",
    };

    private async Task EndOrphanAsync(RolloutStatus open, RolloutState state, string reason, string? by, CancellationToken cancellationToken)
    {
        logger.RolloutOrphaned(open.Id, open.Model, reason);
        await _operations.EndOrphanAsync(open, new RolloutEnd(state, reason), by, cancellationToken);
    }

    private static string Verb(RolloutAction action) => action switch
    {
        RolloutAction.Approve => "approve",
        RolloutAction.Promote => "promote",
        RolloutAction.Rollback => "roll back",
        _ => "abort",
    };
}
