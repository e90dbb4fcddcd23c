using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Workflows;

/// <summary>Starts and steers workflows that run as Durable orchestrations (<see cref="DurableRunner"/>).</summary>
/// <param name="client">A Func, since Functions hands out the client only inside a function.</param>
/// <param name="catalog">The same as the runner's; may be filled later, before the first call.</param>
public sealed class DurableWorkflowClient(Func<DurableTaskClient> client, WorkflowCatalog catalog, TimeProvider time) : IWorkflowClient
{
    /// <summary>How long cancelling, or rerunning right after a cancellation, waits for running activities and the engine; default 20 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private const int ReadAtOnce = 16;

    private const int MaxRemembered = 1_000;

    private static readonly OrchestrationRuntimeStatus[] Open =
        [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

    /// <summary>Instances that took no notice of a cancellation in time. Each host knows its own: who cancels twice at two hosts is asked once more.</summary>
    private readonly ConcurrentDictionary<string, bool> _unanswered = new(StringComparer.Ordinal);

    public async Task<bool> StartAsync(string workflow, object? input, string instanceId, CancellationToken cancellationToken)
    {
        InstanceIds.Check(instanceId);
        string json = Messages.Write(input, $"the input of workflow '{workflow}'");
        IWorkflow latest = catalog.FindLatest(workflow) ?? throw EngineErrors.UnknownWorkflow(workflow, catalog);
        Messages.Read(json, latest.InputType, $"the input of workflow '{workflow}'");
        if (await client().GetInstanceAsync(instanceId, cancellationToken) is not null)
            return false;

        // Older hosts do not heed the statuses and replace an instance that has ended; the check above leaves them little room.
        var start = new WorkflowStart(latest.Version, json, time.GetUtcNow());
        return await ScheduleAsync(workflow, start, instanceId, [.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses], cancellationToken);
    }

    public async Task<WorkflowInstance?> FindAsync(string instanceId, CancellationToken cancellationToken) =>
        (await LookUpAsync(instanceId, cancellationToken))?.ToPort();

    public async IAsyncEnumerable<WorkflowInstance> ListAsync(
        string? workflow, WorkflowState? state, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<OrchestrationMetadata> heads = [];
        bool open = state is WorkflowState.Running or WorkflowState.Suspended;
        var query = new OrchestrationQuery { Statuses = open ? Open : null };
        await foreach (OrchestrationMetadata head in client().GetAllInstancesAsync(query).WithCancellation(cancellationToken))
        {
            if (workflow is null ? catalog.FindLatest(head.Name) is not null : head.Name == workflow)
                heads.Add(head);
        }

        // Durable lists in no order, and a page of payloads could exceed what a message may have (4 MiB): so only what is asked for, side by side.
        foreach (OrchestrationMetadata[] some in heads.OrderByDescending(h => h.CreatedAt).Chunk(ReadAtOnce))
        {
            foreach (WorkflowInstance? instance in await Task.WhenAll(some.Select(h => FindAsync(h.InstanceId, cancellationToken))))
            {
                if (instance is not null && (state is null || instance.State == state))
                    yield return instance;
            }
        }
    }

    public async Task RaiseEventAsync(string instanceId, string name, object? payload, string? eventId, CancellationToken cancellationToken)
    {
        EngineErrors.CheckEventId(eventId);
        string json = Messages.Write(payload, $"the payload of event '{name}'");
        string id = eventId ?? Guid.NewGuid().ToString("N");
        DurableInstance instance = await GetAsync(instanceId, cancellationToken);
        if (instance.End is null)
        {
            // Durable drops what comes to an orchestration that has just ended, so only the instance's own word counts.
            await SignalAsync(instanceId, new() { Name = name, Payload = json, EventId = id }, cancellationToken);
            instance = await UntilAsync(instanceId, i => i.End is not null || i.HasTaken(id), Patience, cancellationToken);
        }

        if (!instance.HasTaken(id))
            throw instance.End is { } end ? EngineErrors.Ended(instanceId, end.State, end.At) : EngineErrors.Unconfirmed(instanceId, name);
    }

    /// <summary>
    /// As the port says; a running activity learns of it at its next look (<see cref="DurableRunner.LookEvery"/>). Code that does not run now, on a
    /// cold start or a deployment, takes the signal when it does. Only who cancels again, here and after that patience, has Durable end it:
    /// then its steps are lost to a rerun, and its sub-workflows run on.
    /// </summary>
    public async Task CancelAsync(string instanceId, string reason, CancellationToken cancellationToken)
    {
        bool again = _unanswered.ContainsKey(instanceId);
        await WakeAsync(instanceId, cancellationToken);
        await SignalAsync(instanceId, new() { Cancel = reason }, cancellationToken);
        if (await HasEndedAsync(instanceId, cancellationToken))
            return;
        if (!again)
        {
            Remember(instanceId);
            throw EngineErrors.Unanswered(instanceId, Patience, "if it must end now, cancel it again: Durable then terminates it, it cannot be rerun, and its sub-workflows run on");
        }

        await client().TerminateInstanceAsync(instanceId, reason, cancellationToken);
        if (!await HasEndedAsync(instanceId, cancellationToken))
            throw EngineErrors.Unanswered(instanceId, 2 * Patience, "Durable, too, terminates it only then");
    }

    /// <summary>By a signal: Durable's own suspension would keep a cancellation behind the outcomes that came before it, and begin the steps that follow them.</summary>
    public async Task SuspendAsync(string instanceId, CancellationToken cancellationToken)
    {
        CheckOpen(instanceId, await GetAsync(instanceId, cancellationToken));
        CheckOpen(instanceId, await HoldAsync(instanceId, suspend: true, cancellationToken));
    }

    public async Task ResumeAsync(string instanceId, CancellationToken cancellationToken)
    {
        await WakeAsync(instanceId, cancellationToken);
        await HoldAsync(instanceId, suspend: false, cancellationToken);
    }

    public async Task RerunAsync(string instanceId, CancellationToken cancellationToken)
    {
        DurableInstance instance = await GetAsync(instanceId, cancellationToken);
        if (instance.End is not { State: WorkflowState.Failed or WorkflowState.Cancelled } end)
            throw EngineErrors.NotFailed(instanceId, instance.End?.State ?? WorkflowState.Running);
        if (EngineErrors.IsUndone(end.Failure))
            throw EngineErrors.Undone(instanceId);
        _unanswered.TryRemove(instanceId, out _);
        if (instance.IsBroken)
            await RewindAsync(instanceId, cancellationToken);
        else
            await GoOnAsync(instanceId, await UntilAsync(instanceId, i => i.IsSettled, Patience, cancellationToken), cancellationToken);
    }

    public async Task<bool> PurgeAsync(string instanceId, CancellationToken cancellationToken)
    {
        if (await LookUpAsync(instanceId, cancellationToken) is not { } instance)
            return false;
        if (!instance.IsSettled)
            throw EngineErrors.Running(instanceId);
        return (await client().PurgeInstanceAsync(instanceId, cancellationToken)).PurgedInstanceCount > 0;
    }

    public async Task<WorkflowInstance> WaitAsync(string instanceId, CancellationToken cancellationToken)
    {
        await GetAsync(instanceId, cancellationToken);
        return (await UntilAsync(instanceId, i => i.End is not null, Timeout.InfiniteTimeSpan, cancellationToken)).ToPort();
    }

    /// <summary>Somebody may have suspended it with Durable's own means: then nothing reaches it.</summary>
    private async Task WakeAsync(string instanceId, CancellationToken cancellationToken)
    {
        DurableInstance instance = await GetAsync(instanceId, cancellationToken);
        CheckOpen(instanceId, instance);
        if (instance.IsSuspendedByDurable)
            await client().ResumeInstanceAsync(instanceId, "mlops", cancellationToken);
    }

    private async Task<bool> HasEndedAsync(string instanceId, CancellationToken cancellationToken)
    {
        bool ended = (await UntilAsync(instanceId, i => i.End is not null, Patience, cancellationToken)).End is not null;
        if (ended)
            _unanswered.TryRemove(instanceId, out _);
        return ended;
    }

    private void Remember(string instanceId)
    {
        if (_unanswered.Count >= MaxRemembered)
            _unanswered.Clear();
        _unanswered[instanceId] = true;
    }

    private async Task<DurableInstance> HoldAsync(string instanceId, bool suspend, CancellationToken cancellationToken)
    {
        await SignalAsync(instanceId, new() { Suspend = suspend }, cancellationToken);
        return await UntilAsync(instanceId, i => i.End is not null || i.IsSuspended == suspend, Patience, cancellationToken);
    }

    private static void CheckOpen(string instanceId, DurableInstance instance)
    {
        if (instance.End is { } end)
            throw EngineErrors.Ended(instanceId, end.State, end.At);
    }

    private async Task GoOnAsync(string instanceId, DurableInstance instance, CancellationToken cancellationToken)
    {
        if (!instance.IsSettled)
            throw MlOpsException.Conflict("instance-settling", $"activities of workflow instance '{instanceId}' still run; try again when they have ended");
        WorkflowStart again = instance.End?.Again ?? throw MlOpsException.Conflict(
            "instance-forgotten",
            $"workflow instance '{instanceId}' cannot go on: it was terminated from outside, or its history had more than 1 MiB, and its steps are lost; start a new instance");
        if (!await ScheduleAsync(instance.Workflow, again, instanceId, Open, cancellationToken))
            throw EngineErrors.NotFailed(instanceId, WorkflowState.Running);
    }

    private async Task RewindAsync(string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            await client().RewindInstanceAsync(instanceId, "rerun", cancellationToken);
        }
        catch (Exception e) when (e is NotImplementedException or NotSupportedException)
        {
            throw new MlOpsException(
                ErrorKind.Conflict, "rewind-unsupported", $"workflow instance '{instanceId}' cannot go on: this host cannot rewind; start a new instance", e);
        }
    }

    private async Task<bool> ScheduleAsync(
        string workflow, WorkflowStart start, string instanceId, OrchestrationRuntimeStatus[] keep, CancellationToken cancellationToken)
    {
        try
        {
            StartOrchestrationOptions options = new StartOrchestrationOptions(instanceId) { Version = new TaskVersion(catalog.Level) }.WithDedupeStatuses(keep);
            await client().ScheduleNewOrchestrationInstanceAsync(workflow, WorkflowJson.Write(start), options, cancellationToken);
            return true;
        }
        catch (OrchestrationAlreadyExistsException)
        {
            return false;
        }
    }

    private Task SignalAsync(string instanceId, WorkflowSignal signal, CancellationToken cancellationToken) =>
        client().RaiseEventAsync(instanceId, WorkflowSignal.Channel, WorkflowJson.Write(signal), cancellationToken);

    /// <summary>The instance once it is so, or as it is when patience is over. Durable tells when one has settled; all else is looked up again and again.</summary>
    private async Task<DurableInstance> UntilAsync(string instanceId, Func<DurableInstance, bool> isSo, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Task over = Task.Delay(patience, stop.Token);
            Task settled = client().WaitForInstanceCompletionAsync(instanceId, stop.Token);
            DurableInstance instance = await GetAsync(instanceId, cancellationToken);
            for (TimeSpan wait = FirstLook; !isSo(instance) && !over.IsCompleted; wait = wait < LookEvery ? wait * 2 : LookEvery)
            {
                if (await Task.WhenAny(settled, over, Task.Delay(wait, stop.Token)) == settled)
                {
                    // From here on only looking helps: somebody may have rerun it meanwhile.
                    await settled;
                    settled = over;
                }

                cancellationToken.ThrowIfCancellationRequested();
                instance = await GetAsync(instanceId, cancellationToken);
            }

            return instance;
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private async Task<DurableInstance> GetAsync(string instanceId, CancellationToken cancellationToken) =>
        await LookUpAsync(instanceId, cancellationToken) ?? throw EngineErrors.Missing(instanceId);

    private async Task<DurableInstance?> LookUpAsync(string instanceId, CancellationToken cancellationToken) =>
        instanceId.Length == 0 ? null : await DurableInstance.FindAsync(client(), catalog, instanceId, cancellationToken);
}
