using Microsoft.Extensions.Logging;
using MlOps.Domain.Datasets;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Rollout;

namespace MlOps.Domain.Pipelines;

/// <summary>
/// Starts what is due: checks of models and scheduled runs; ends rollouts that lost their workflow; once a day, and at the first tick,
/// deletes what broken-off additions of data left. The host calls it about once a second; several hosts may, since what falls due has
/// an id of its own and starts once, and deleting twice does no harm.
/// </summary>
public sealed class Timers(MonitorTimer monitors, Pipelines pipelines, Rollouts rollouts, DatasetCatalog datasets, ILogger logger)
{
    private static readonly TimeSpan ReconcileEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CollectEvery = TimeSpan.FromDays(1);

    /// <summary>An addition that takes longer could lose its content.</summary>
    private static readonly TimeSpan GarbageAge = TimeSpan.FromDays(2);

    private readonly Dictionary<string, DateTimeOffset> _started = new(StringComparer.Ordinal);

    private DateTimeOffset _reconciled;
    private DateTimeOffset _collected;

    /// <summary>Not to be called by several threads at once. What throws is logged and tried again at the next tick; the rest goes on.</summary>
    public async Task TickAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await TryAsync("monitors", () => monitors.TickAsync(now, cancellationToken));
        await TryAsync("schedules", () => StartDueAsync(now, cancellationToken));
        if (now - _reconciled < ReconcileEvery)
            return;
        _reconciled = now;
        await TryAsync("rollouts", () => rollouts.ReconcileAsync(cancellationToken));
        if (now - _collected < CollectEvery)
            return;
        _collected = now;
        await TryAsync("garbage", () => CollectAsync(cancellationToken));
    }

    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        int deleted = await datasets.CollectGarbageAsync(GarbageAge, cancellationToken);
        if (deleted > 0)
            PipelinesLog.GarbageCollected(logger, deleted);
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
