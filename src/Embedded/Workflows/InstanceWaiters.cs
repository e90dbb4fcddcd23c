using System.Collections.Concurrent;
using MlOps.Domain.Workflows;

namespace MlOps.Embedded.Workflows;

/// <summary>Those who wait for instances to end.</summary>
internal sealed class InstanceWaiters
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<WorkflowInstance>> _waiters = new(StringComparer.Ordinal);

    public Task<WorkflowInstance> Of(string instanceId) =>
        _waiters.GetOrAdd(instanceId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Ended(WorkflowInstance instance)
    {
        if (_waiters.TryRemove(instance.InstanceId, out TaskCompletionSource<WorkflowInstance>? waiter))
            waiter.TrySetResult(instance);
    }

    public void Fail(string instanceId, Exception why)
    {
        if (_waiters.TryRemove(instanceId, out TaskCompletionSource<WorkflowInstance>? waiter) && waiter.TrySetException(why))
            _ = waiter.Task.Exception;
    }

    public void FailAll(Exception why)
    {
        foreach (string instanceId in _waiters.Keys)
            Fail(instanceId, why);
    }
}
