using Microsoft.Extensions.Logging;
using MlOps.Domain;
using MlOps.Embedded.Inbox;

namespace MlOps.Server;

/// <summary>
/// Looks once a tick for checks and schedules that are due, for webhooks to be told, and for files in the inbox; side by side, since a
/// large file or a slow receiver takes its time and a check must not wait for it. Soon after the start and then daily it deletes what broken-off additions of data left, and
/// output of batch predictions that was kept long enough. An error is logged; the next tick tries again. Every hour predictions go that are older than their model's policy keeps them, and memory that
/// is free goes back to the system all the time.
/// </summary>
internal sealed class BackgroundLoop : IAsyncDisposable
{
    private static readonly TimeSpan CollectEvery = TimeSpan.FromDays(1);

    private static readonly TimeSpan ExpireEvery = TimeSpan.FromHours(1);

    private static readonly TimeSpan TrimEvery = TimeSpan.FromSeconds(5);

    /// <summary>An addition that takes longer could lose its content.</summary>
    private static readonly TimeSpan GarbageAge = TimeSpan.FromDays(2);

    private readonly Platform _platform;
    private readonly InboxWatcher _inbox;
    private readonly ServerOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public BackgroundLoop(Platform platform, ServerOptions options, ILoggerFactory logs)
    {
        _platform = platform;
        _options = options;
        _logger = logs.CreateLogger("MlOps.Server");
        _inbox = new InboxWatcher(
            options.Data.Inbox, platform.Datasets, platform.Pipelines, options.Time, logs.CreateLogger("MlOps.Inbox"), new InboxOptions { MaxBytes = options.MaxUploadBytes });
    }

    public void Start() => _running = Task.WhenAll(
        RunAsync("timers", _options.Tick, token => _platform.Timers.TickAsync(_options.Time.GetUtcNow(), token)),
        RunAsync("webhooks", _options.Tick, token => _platform.WebhookDeliveries.StartDueAsync(token)),
        RunAsync("inbox", _options.Tick, token => _inbox.ScanAsync(token)),
        RunAsync("retention", ExpireEvery, token => _platform.Retention.RunAsync(token)),
        RunAsync("memory", TrimEvery, _ => TrimAsync()),
        CollectAsync());

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task CollectAsync()
    {
        if (!await SettledAsync())
            return;
        await TryAsync("retention", token => _platform.Retention.RunAsync(token));
        await TryAsync("garbage", CollectGarbageAsync);
        await RunAsync("garbage", CollectEvery, CollectGarbageAsync);
    }

    private static Task TrimAsync()
    {
        NativeMemory.Trim();
        return Task.CompletedTask;
    }

    /// <summary>False: stopped before.</summary>
    private async Task<bool> SettledAsync()
    {
        try
        {
            await Task.Delay(_options.FirstCollection, _options.Time, _stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task CollectGarbageAsync(CancellationToken cancellationToken)
    {
        int deleted = await _platform.Datasets.CollectGarbageAsync(GarbageAge, cancellationToken);
        if (deleted > 0)
            ServerLog.GarbageCollected(_logger, deleted);
        await _platform.Batches.DeleteOldAsync(cancellationToken);
    }

    private async Task RunAsync(string what, TimeSpan every, Func<CancellationToken, Task> work)
    {
        using var beat = new PeriodicTimer(every, _options.Time);
        try
        {
            while (await beat.WaitForNextTickAsync(_stop.Token))
                await TryAsync(what, work);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task TryAsync(string what, Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception e)
        {
            ServerLog.TickFailed(_logger, what, e);
        }
    }
}
