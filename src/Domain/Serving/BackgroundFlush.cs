namespace MlOps.Domain.Serving;

/// <summary>Runs one write-out at a time: on a timer, and when woken. The write-out deals with its own failures.</summary>
internal sealed class BackgroundFlush : IAsyncDisposable
{
    private readonly Func<Task> _flush;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private bool _disposed;

    public BackgroundFlush(Func<Task> flush, TimeSpan every, TimeProvider time)
    {
        _flush = flush;
        _timer = time.CreateTimer(_ => Wake(), null, every, every);
    }

    public void Wake()
    {
        lock (_gate)
        {
            if (!_disposed && _running.IsCompleted)
                _running = Task.Run(_flush);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_gate)
        {
            _disposed = true;
            running = _running;
        }

        await _timer.DisposeAsync();
        await running;
    }
}
