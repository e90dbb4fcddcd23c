using Microsoft.Extensions.Logging;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Rollout;

namespace MlOps.Domain.Pipelines;

/// <summary>
/// Starts what is due: checks of models and scheduled runs; ends rollouts that lost their workflow. The host calls it about once a
/// second; several hosts may, since what falls due has an id of its own and starts once.
/// </summary>
public sealed class Timers(MonitorTimer monitors, Pipelines pipelines, Rollouts rollouts, ILogger logger)
{
    private static readonly TimeSpan ReconcileEvery = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, DateTimeOffset> _started = new(StringComparer.Ordinal);

    private DateTimeOffset _reconciled;

    /// <summary>Not to be called by several threads at once. What throws is logged and tried again at the next tick; the rest goes on.</summary>
    public async Task TickAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await TryAsync("monitors", () => monitors.TickAsync(now, cancellationToken));
        await TryAsync("schedules", () => StartDueAsync(now, cancellationToken));
        if (now - _reconciled < ReconcileEvery)
            return;
        _reconciled = now;
        await TryAsync("rollouts", () => rollouts.ReconcileAsync(cancellationToken));
    }

    private async Task StartDueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (RegisteredPipeline pipeline in await pipelines.ListAsync(cancellationToken))
        {
            if (pipeline.ScheduleEvery is { } every && Beat.Latest(pipeline.Since, every, now) is { } due)
                await TryStartAsync(pipeline, due, cancellationToken);
        }
    }

    private async Task TryStartAsync(RegisteredPipeline pipeline, DateTimeOffset due, CancellationToken cancellationToken)
    {
        if (_started.GetValueOrDefault(pipeline.Name) == due)
            return;
        var trigger = new PipelineTrigger(TriggerReason.Schedule, "schedule", Cause: due.UtcDateTime.ToString("O"));
        try
        {
            await pipelines.RunAsync(pipeline.Name, trigger, cancellationToken);
            _started[pipeline.Name] = due;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            PipelinesLog.NotStarted(logger, pipeline.Name, trigger.Reason, e);
        }
    }

    private async Task TryAsync(string what, Func<Task> look)
    {
        try
        {
            await look();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            PipelinesLog.NotLookedAt(logger, what, e);
        }
    }
}
