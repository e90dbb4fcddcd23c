using MlOps.Domain.Workflows;

namespace MlOps.Domain.Tests.Pipelines;

/// <summary>An engine that cannot start certain instances, as when the store is away for one row.</summary>
internal sealed class RefusingEngine(IWorkflowClient engine, Func<string, bool> refuses) : IWorkflowClient
{
    public Task<bool> StartAsync(string workflow, object? input, string instanceId, CancellationToken cancellationToken) => refuses(instanceId)
        ? throw new MlOpsException(ErrorKind.Unavailable, "store-away", $"'{instanceId}' cannot be started now")
        : engine.StartAsync(workflow, input, instanceId, cancellationToken);

    public Task<WorkflowInstance?> FindAsync(string instanceId, CancellationToken cancellationToken) => engine.FindAsync(instanceId, cancellationToken);

    public IAsyncEnumerable<WorkflowInstance> ListAsync(string? workflow, WorkflowState? state, CancellationToken cancellationToken) => engine.ListAsync(workflow, state, cancellationToken);

    public Task RaiseEventAsync(string instanceId, string name, object? payload, string? eventId, CancellationToken cancellationToken) =>
        engine.RaiseEventAsync(instanceId, name, payload, eventId, cancellationToken);

    public Task CancelAsync(string instanceId, string reason, CancellationToken cancellationToken) => engine.CancelAsync(instanceId, reason, cancellationToken);

    public Task SuspendAsync(string instanceId, CancellationToken cancellationToken) => engine.SuspendAsync(instanceId, cancellationToken);

    public Task ResumeAsync(string instanceId, CancellationToken cancellationToken) => engine.ResumeAsync(instanceId, cancellationToken);

    public Task RerunAsync(string instanceId, CancellationToken cancellationToken) => engine.RerunAsync(instanceId, cancellationToken);

    public Task<bool> PurgeAsync(string instanceId, CancellationToken cancellationToken) => engine.PurgeAsync(instanceId, cancellationToken);

    public Task<WorkflowInstance> WaitAsync(string instanceId, CancellationToken cancellationToken) => engine.WaitAsync(instanceId, cancellationToken);
}
