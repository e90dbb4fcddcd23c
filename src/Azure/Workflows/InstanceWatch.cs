using Microsoft.DurableTask.Client;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Workflows;

/// <summary>
/// Cancels an activity when its instance has ended. Durable has no word for an activity that nobody wants any more, so a running one
/// looks by itself.
/// </summary>
internal sealed class InstanceWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task _watching;

    public InstanceWatch(Func<Task<bool>>? hasEnded, TimeSpan every, CancellationToken host)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(host);
        _watching = hasEnded is null ? Task.CompletedTask : WatchAsync(hasEnded, every);
    }

    public CancellationToken Ended => _stop.Token;

    /// <summary>Inputs and outputs, which may take a MiB, are read only when something has happened to the instance since the last look.</summary>
    public static Func<Task<bool>> Of(Func<DurableTaskClient> client, WorkflowCatalog catalog, string instanceId)
    {
        DateTimeOffset? seen = null;
        return async () =>
        {
            OrchestrationMetadata? head = await client().GetInstanceAsync(instanceId, CancellationToken.None);
            if (head is null or { IsCompleted: true })
                return true;
            if (head.LastUpdatedAt == seen)
                return false;
            seen = head.LastUpdatedAt;
            return await DurableInstance.FindAsync(client(), catalog, instanceId, CancellationToken.None) is null or { End: not null };
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(Func<Task<bool>> hasEnded, TimeSpan every)
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(every, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (!_stop.IsCancellationRequested && await hasEnded())
                    await _stop.CancelAsync();
            }
#pragma warning disable CA1031 // Not to know is no reason to stop; the next look tells.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }
}
