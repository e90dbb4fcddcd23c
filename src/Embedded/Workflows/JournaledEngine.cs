using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Embedded.Workflows;

/// <summary>
/// The durable workflow engine for one process: every step is journaled on the entity table before its effect is seen, and a
/// restart goes on from there. One engine a store; a second one is fenced off by the header's ETag.
/// </summary>
public sealed class JournaledEngine(
    IEntityTable tables, WorkflowCatalog catalog, TimeProvider time, ILogger log, JournaledEngineOptions? options = null) : IWorkflowClient, IAsyncDisposable
{
    private readonly EngineCore _core = new(tables, catalog, time, log, options ?? JournaledEngineOptions.Default);
    private bool _stopped;

    /// <summary>Resumes every open instance. Call it once, when the catalog is complete.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => new OpenInstances(_core).ResumeAsync(cancellationToken);

    /// <summary>Cancels running activities and waits for them; what was not finished goes on at the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_stopped)
            return;
        _stopped = true;
        await _core.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _core.Dispose();
    }

    public Task<bool> StartAsync(string workflow, object? input, string instanceId, CancellationToken cancellationToken)
    {
        CheckRunning();
        return _core.CreateAsync(workflow, Messages.Write(input, $"the input of workflow '{workflow}'"), instanceId, parent: null, cancellationToken);
    }

    public async Task<WorkflowInstance?> FindAsync(string instanceId, CancellationToken cancellationToken) =>
        (await _core.Store.FindHeaderAsync(instanceId, cancellationToken))?.ToInstance();

    public async IAsyncEnumerable<WorkflowInstance> ListAsync(
        string? workflow, WorkflowState? state, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string instanceId in _core.Index.ListAsync(workflow, cancellationToken))
        {
            if (await FindAsync(instanceId, cancellationToken) is { } instance && (state is null || instance.State == state))
                yield return instance;
        }
    }

    public async Task RaiseEventAsync(string instanceId, string name, object? payload, string? eventId, CancellationToken cancellationToken)
    {
        CheckRunning();
        EngineErrors.CheckEventId(eventId);
        string json = Messages.Write(payload, $"the payload of event '{name}'");
        InstanceHeader header = await HeaderAsync(instanceId, cancellationToken);
        if (!header.Ended)
            await _core.SendAsync(instanceId, new RaiseSignal(name, json, eventId), cancellationToken);
        else if (eventId is null || !await _core.Store.HasEventIdAsync(instanceId, eventId, cancellationToken))
            throw WorkflowErrors.Ended(header);
    }

    public async Task CancelAsync(string instanceId, string reason, CancellationToken cancellationToken)
    {
        CheckRunning();
        InstanceHeader header = await HeaderAsync(instanceId, cancellationToken);
        if (header.Ended)
            throw WorkflowErrors.Ended(header);
        await _core.SendAsync(instanceId, new CancelSignal(reason), cancellationToken);
    }

    public Task SuspendAsync(string instanceId, CancellationToken cancellationToken) => HoldAsync(instanceId, suspend: true, cancellationToken);

    public Task ResumeAsync(string instanceId, CancellationToken cancellationToken) => HoldAsync(instanceId, suspend: false, cancellationToken);

    public async Task RerunAsync(string instanceId, CancellationToken cancellationToken)
    {
        CheckRunning();
        InstanceHeader header = await HeaderAsync(instanceId, cancellationToken);
        if (header.State is not (WorkflowState.Failed or WorkflowState.Cancelled))
            throw EngineErrors.NotFailed(instanceId, header.State);
        if (EngineErrors.IsUndone(header.Failure))
            throw EngineErrors.Undone(instanceId);
        await _core.RerunAsync(header, parentReruns: 0);
    }

    public async Task<bool> PurgeAsync(string instanceId, CancellationToken cancellationToken)
    {
        CheckRunning();
        using IDisposable entered = await _core.Locks.EnterAsync(instanceId, cancellationToken);
        if (await _core.Store.FindHeaderAsync(instanceId, cancellationToken) is not { } header)
            return false;
        if (!header.Ended)
            throw EngineErrors.Running(instanceId);
        OpenInstance entry = OpenInstance.Of(header, purge: true);
        await _core.Index.OpenAsync(entry, cancellationToken);
        await _core.Store.PurgeAsync(instanceId, cancellationToken);
        await _core.Index.RemoveAsync(entry, cancellationToken);
        return true;
    }

    public async Task<WorkflowInstance> WaitAsync(string instanceId, CancellationToken cancellationToken)
    {
        CheckRunning();
        Task<WorkflowInstance> ended = _core.Waiters.Of(instanceId);
        if (await _core.Store.FindHeaderAsync(instanceId, cancellationToken) is not { Ended: false })
            await _core.TellEndAsync(instanceId, cancellationToken);
        return await ended.WaitAsync(cancellationToken);
    }

    private async Task HoldAsync(string instanceId, bool suspend, CancellationToken cancellationToken)
    {
        CheckRunning();
        InstanceHeader header = await HeaderAsync(instanceId, cancellationToken);
        if (header.Ended)
            throw WorkflowErrors.Ended(header);
        await _core.SendAsync(instanceId, new HoldSignal(suspend), cancellationToken);
    }

    private async Task<InstanceHeader> HeaderAsync(string instanceId, CancellationToken cancellationToken) =>
        await _core.Store.FindHeaderAsync(instanceId, cancellationToken) ?? throw EngineErrors.Missing(instanceId);

    private void CheckRunning()
    {
        if (_stopped)
            throw WorkflowErrors.Stopped();
    }
}
