using MlOps.Domain.Monitoring;
using MlOps.Domain.Rollout;

namespace MlOps.Domain.Pipelines;

/// <summary>
/// Starts what is due: checks of models and scheduled runs; ends rollouts that lost their workflow. The host calls it about once a second; several hosts may, since
/// what falls due has an id of its own and starts once.
/// </summary>
public sealed class Timers(MonitorTimer monitors, Pipelines pipelines, Rollouts rollouts)
{
    private static readonly TimeSpan ReconcileEvery = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, DateTimeOffset> _started = new(StringComparer.Ordinal);

    private DateTimeOffset _reconciled;

    /// <summary>Not to be called by several threads at once.</summary>
    public async Task TickAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await monitors.TickAsync(now, cancellationToken);
        foreach (RegisteredPipeline pipeline in await pipelines.ListAsync(cancellationToken))
        {
            if (pipeline.ScheduleEvery is { } every && Beat.Latest(pipeline.Since, every, now) is { } due)
                await StartAsync(pipeline, due, cancellationToken);
        }

        if (now - _reconciled < ReconcileEvery)
            return;
        _reconciled = now;
        await rollouts.ReconcileAsync(cancellationToken);
    }

    private async Task StartAsync(RegisteredPipeline pipeline, DateTimeOffset due, CancellationToken cancellationToken)
    {
        if (_started.GetValueOrDefault(pipeline.Name) == due)
            return;
        var trigger = new PipelineTrigger(TriggerReason.Schedule, "schedule", Cause: due.UtcDateTime.ToString("O"));
        await pipelines.RunAsync(pipeline.Name, trigger, cancellationToken);
        _started[pipeline.Name] = due;
    }
}
