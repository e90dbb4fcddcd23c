using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Serving;

/// <summary>Writes counters out, one write at a time: when asked, about once a second, and at the end. What cannot be written stays in memory.</summary>
internal sealed class CounterFlush : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Func<CancellationToken, Task> _write;
    private readonly Func<Task>? _afterwards;
    private readonly ILogger _logger;
    private readonly BackgroundFlush _background;
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <param name="write">Throws what hinders it, having kept the counts.</param>
    /// <param name="afterwards">What else is to be done now and then.</param>
    public CounterFlush(Func<CancellationToken, Task> write, TimeProvider time, ILogger logger, Func<Task>? afterwards = null)
    {
        _write = write;
        _afterwards = afterwards;
        _logger = logger;
        _background = new BackgroundFlush(WriteOutAsync, Tick, time);
    }

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _write(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _background.DisposeAsync();
        await WriteOutAsync();
        _writing.Dispose();
    }

    private async Task WriteOutAsync()
    {
        try
        {
            await FlushAsync(CancellationToken.None);
            if (_afterwards is not null)
                await _afterwards();
        }
        catch (Exception e)
        {
            _logger.CountersKept(e);
        }
    }
}
