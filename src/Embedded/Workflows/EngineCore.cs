using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>The parts of an engine, the instances in memory, and how an instance comes, goes on after a failure, and ends.</summary>
internal sealed class EngineCore : IDisposable
{
    private readonly ConcurrentDictionary<string, LiveInstance> _live = new(StringComparer.Ordinal);
    private volatile bool _stopped;

    public EngineCore(IEntityTable tables, WorkflowCatalog catalog, TimeProvider time, ILogger log, JournaledEngineOptions options)
    {
        (Catalog, Time, Log, Options) = (catalog, time, log, options);
        Store = new(tables, options.Observer);
        Index = new(tables, Store);
        Background = new(log);
        Timers = new(time);
        Activities = new(catalog, options.MaxConcurrentActivities, Background, time, log);
        Children = new(this);
    }

    public WorkflowCatalog Catalog { get; }

    public TimeProvider Time { get; }

    public ILogger Log { get; }

    public JournaledEngineOptions Options { get; }

    public JournalStore Store { get; }

    public InstanceIndex Index { get; }

    public BackgroundTasks Background { get; }

    public TimerQueue Timers { get; }

    public ActivityDispatcher Activities { get; }

    public SubWorkflows Children { get; }

    public InstanceWaiters Waiters { get; } = new();

    public KeyedLocks Locks { get; } = new();

    /// <summary>Creates and starts an instance; false if the id exists.</summary>
    public async Task<bool> CreateAsync(string workflow, string input, string instanceId, ParentStep? parent, CancellationToken cancellationToken = default)
    {
        InstanceIds.Check(instanceId);
        IWorkflow latest = Catalog.FindLatest(workflow) ?? throw EngineErrors.UnknownWorkflow(workflow, Catalog);
        Messages.Read(input, latest.InputType, $"the input of workflow '{workflow}'");
        using (await Locks.EnterAsync(instanceId, cancellationToken))
        {
            if (await Store.FindHeaderAsync(instanceId, cancellationToken) is { } existing)
            {
                // An earlier call may have written it and then been told that the write failed.
                if (!existing.Ended && !_live.ContainsKey(instanceId))
                    Post(instanceId, new WakeSignal());
                return false;
            }

            DateTimeOffset now = Time.GetUtcNow();
            var header = new InstanceHeader(instanceId, workflow, latest.Version, now)
            {
                Input = input,
                Parent = parent?.InstanceId,
                ParentStep = parent?.Step ?? 0,
                ParentKey = parent?.Key,
                ParentReruns = parent?.Reruns ?? 0,
            };
            await Index.AddAsync(OpenInstance.Of(header), cancellationToken);
            if (!await Store.CreateAsync(header, new(JournalKind.Started, now) { Data = input }, cancellationToken))
                return false;
        }

        Log.InstanceStarted(instanceId, workflow, latest.Version);
        Post(instanceId, new WakeSignal());
        return true;
    }

    /// <summary>Opens an ended instance again; the caller has seen to it that it may be.</summary>
    public async Task RerunAsync(InstanceHeader header, int parentReruns)
    {
        using (await Locks.EnterAsync(header.InstanceId, CancellationToken.None))
        {
            await Index.OpenAsync(OpenInstance.Of(header), CancellationToken.None);
            InstanceHeader next = header with
            {
                State = WorkflowState.Running,
                Failure = null,
                Reruns = header.Reruns + 1,
                ParentReruns = Math.Max(parentReruns, header.ParentReruns),
                UpdatedAt = Time.GetUtcNow(),
            };
            await Store.AppendAsync(header, [new(JournalKind.Rerun, next.UpdatedAt)], next, CancellationToken.None);
        }

        Post(header.InstanceId, new WakeSignal());
    }

    public void Post(string instanceId, Signal signal)
    {
        while (!_stopped)
        {
            if (_live.GetOrAdd(instanceId, id => new LiveInstance(this, id)).TryPost(signal))
                return;
        }

        signal.Done?.TrySetException(WorkflowErrors.Stopped());
    }

    /// <summary>Posts and waits until the signal is durable.</summary>
    public async Task SendAsync(string instanceId, Signal signal, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(instanceId, signal with { Done = done });
        await done.Task.WaitAsync(cancellationToken);
    }

    public async Task CancelChildAsync(string instanceId, string parent, string reason)
    {
        try
        {
            InstanceHeader? child = await Store.FindHeaderAsync(instanceId, CancellationToken.None);
            if (child is { Ended: false } && child.Parent == parent)
                await SendAsync(instanceId, new CancelSignal(reason), CancellationToken.None);
        }
        catch (MlOpsException e) when (e.Code is "instance-ended" or "instance-missing")
        {
        }
#pragma warning disable CA1031 // The parent is cancelled already; the next start of the engine sees to the child.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.BackgroundFailed(e);
        }
    }

    public void Forget(LiveInstance instance) => _live.TryRemove(KeyValuePair.Create(instance.InstanceId, instance));

    /// <summary>An instance has ended in the state of <paramref name="header"/>, null when it never was.</summary>
    public async Task EndedAsync(InstanceHeader? header)
    {
        if (header is null)
            return;
        if (header.Failure is { } failure && header.State == WorkflowState.Failed)
            Log.InstanceFailed(header.InstanceId, header.Workflow, failure.Code, failure.Message);
        else
            Log.InstanceEnded(header.InstanceId, header.Workflow, header.State.ToString());
        WorkflowMetrics.Ended(header.Workflow, header.State);
        if (header.Parent is { } parent && _live.TryGetValue(parent, out LiveInstance? caller))
            caller.TryPost(new OutcomeSignal(header.ParentKey!, SubWorkflows.OutcomeOf(header, header.ParentStep)));
        await CloseAsync(header);
    }

    /// <summary>Tells whoever waits for an instance that has ended, or is not there. One who began to wait since a rerun opened it again waits for the next end.</summary>
    public async Task TellEndAsync(string instanceId, CancellationToken cancellationToken)
    {
        using IDisposable entered = await Locks.EnterAsync(instanceId, cancellationToken);
        InstanceHeader? now = await Store.FindHeaderAsync(instanceId, cancellationToken);
        if (now is null)
            Waiters.Fail(instanceId, EngineErrors.Missing(instanceId));
        else if (now.Ended)
            Waiters.Ended(now.ToInstance());
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopped = true;
        await Activities.StopAsync();
        Timers.Dispose();
        await Background.WhenAllDoneAsync(cancellationToken);
        Waiters.FailAll(WorkflowErrors.Stopped());
    }

    public void Dispose()
    {
        Timers.Dispose();
        Activities.Dispose();
        foreach (LiveInstance instance in _live.Values)
            instance.Dispose();
    }

    /// <summary>A rerun may have opened it again meanwhile: whoever waits then waits for the next end.</summary>
    private async Task CloseAsync(InstanceHeader header)
    {
        using IDisposable entered = await Locks.EnterAsync(header.InstanceId, CancellationToken.None);
        InstanceHeader? now = header;
        try
        {
            now = await Store.FindHeaderAsync(header.InstanceId, CancellationToken.None);
            if (now is { Ended: false })
                return;
            await Index.CloseAsync(header.InstanceId, CancellationToken.None);
        }
#pragma warning disable CA1031 // The instance has ended whatever becomes of its index row, which the next start of the engine removes.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.BackgroundFailed(e);
        }

        Waiters.Ended((now ?? header).ToInstance());
    }
}
