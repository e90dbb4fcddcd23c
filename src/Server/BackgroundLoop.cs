using Microsoft.Extensions.Logging;
using MlOps.Domain;
using MlOps.Embedded.Inbox;

namespace MlOps.Server;

/// <summary>
/// Looks once a tick for checks and schedules that are due, and for files in the inbox; side by side, since a large file takes its
/// time and a check must not wait for it. An error is logged; the next tick tries again.
/// </summary>
internal sealed class BackgroundLoop : IAsyncDisposable
{
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
        RunAsync("timers", token => _platform.Timers.TickAsync(_options.Time.GetUtcNow(), token)),
        RunAsync("inbox", token => _inbox.ScanAsync(token)));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(string what, Func<CancellationToken, Task> work)
    {
        using var beat = new PeriodicTimer(_options.Tick, _options.Time);
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
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            ServerLog.TickFailed(_logger, what, e);
        }
    }
}
