using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace MlOps.Functions;

/// <summary>What falls due. The Functions host lets one instance at a time run a timer.</summary>
public sealed class TimerFunctions(CloudHost host)
{
    private static readonly TimeSpan GarbageAge = TimeSpan.FromDays(2);

    /// <summary>Shorter than the beat: checks and schedules must not wait for slow receivers.</summary>
    private static readonly TimeSpan Webhooks = TimeSpan.FromMinutes(4);

    private DateTimeOffset Now => host.Platform.Ports.Time.GetUtcNow();

    /// <summary>Drift and performance checks, schedules, rollouts that lost their workflow, webhooks that were not reached: every five minutes. What fell due before an outage is made up for.</summary>
    [Function("timer-due")]
    public async Task StartDue([TimerTrigger("0 */5 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        await host.With(client).Platform.Timers.TickAsync(Now, cancellationToken);
        await host.Platform.WebhookDeliveries.DeliverDueAsync(Webhooks, cancellationToken);
    }

    /// <summary>
    /// Removes workflow instances that ended and are old, content that no data set version refers to, old output of batch predictions, and
    /// predictions that their model's log policy keeps no longer: each night. Side by side, so that one that fails keeps no other from its work.
    /// </summary>
    [Function("timer-retention")]
    public Task Retain([TimerTrigger("0 15 3 * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) => Task.WhenAll(
        PurgeAsync(client, cancellationToken),
        host.Platform.Datasets.CollectGarbageAsync(GarbageAge, cancellationToken),
        host.With(client).Platform.Batches.DeleteOldAsync(cancellationToken),
        host.Platform.Retention.RunAsync(cancellationToken));

    private async Task PurgeAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        DateTimeOffset before = Now.AddDays(-host.Settings.KeepInstancesDays);
        OrchestrationRuntimeStatus[] ended = [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];
        await client.PurgeAllInstancesAsync(new PurgeInstancesFilter(DateTimeOffset.UnixEpoch, before, ended), cancellationToken);
    }
}
