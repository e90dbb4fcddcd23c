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
    /// <summary>How long cancelling, or rerunning right after a cancellation, waits for running activities and the engine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(1);

    private static readonly OrchestrationRuntimeStatus[] Open =
        [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

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
        await foreach (OrchestrationMetadata head in client().GetAllInstancesAsync(new OrchestrationQuery()).WithCancellation(cancellationToken))
        {
            if (workflow is null ? catalog.FindLatest(head.Name) is not null : head.Name == workflow)
                heads.Add(head);
        }

        foreach (OrchestrationMetadata head in heads.OrderByDescending(h => h.CreatedAt))
        {
            if (await FindAsync(head.InstanceId, cancellationToken) is { } instance && (state is null || instance.State == state))
                yield return instance;
        }
    }

    public async Task RaiseEventAsync(string instanceId, string name, object? payload, string? eventId, CancellationToken cancellationToken)
    {
        EngineErrors.CheckEventId(eventId);
        string json = Messages.Write(payload, $"the payload of event '{name}'");
        DurableInstance instance = await GetAsync(instanceId, cancellationToken);
        if (instance.End is null)
            await SignalAsync(instanceId, new() { Name = name, Payload = json, EventId = eventId }, cancellationToken);
        else if (eventId is null || instance.End.EventIds?.Contains(eventId) != true)
            throw EngineErrors.Ended(instanceId, instance.End.State, instance.End.At);
    }

    /// <summary>As the port says; a running activity learns of it at its next look (<see cref="DurableRunner.LookEvery"/>).</summary>
    public async Task CancelAsync(string instanceId, string reason, CancellationToken cancellationToken)
    {
        if ((await GetAsync(instanceId, cancellationToken)).End is { } end)
            throw EngineErrors.Ended(instanceId, end.State, end.At);
        await SignalAsync(instanceId, new() { Cancel = reason }, cancellationToken);
        await UntilAsync(instanceId, i => i.End is not null, Patience, cancellationToken);
    }

    public async Task RerunAsync(string instanceId, CancellationToken cancellationToken)
    {
        DurableInstance instance = await GetAsync(instanceId, cancellationToken);
        if (instance.End is not { State: WorkflowState.Failed or WorkflowState.Cancelled } end)
            throw EngineErrors.NotFailed(instanceId, instance.End?.State ?? WorkflowState.Running);
        if (EngineErrors.IsUndone(end.Failure))
            throw EngineErrors.Undone(instanceId);
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
            StartOrchestrationOptions options = new StartOrchestrationOptions(instanceId).WithDedupeStatuses(keep);
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
            while (!isSo(instance) && !over.IsCompleted)
            {
                if (await Task.WhenAny(settled, over, Task.Delay(PollEvery, stop.Token)) == settled)
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
