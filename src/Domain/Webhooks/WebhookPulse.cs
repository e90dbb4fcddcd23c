namespace MlOps.Domain.Webhooks;

/// <summary>When a webhook is served next, and that it is not served twice at once. In memory only: after a start all are looked at.</summary>
internal sealed class WebhookPulse(string webhook)
{
    /// <summary>Even where nothing is due, since another process may have written something down.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private bool _busy;
    private bool _again;
    private bool _rests;
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    public string Webhook => webhook;

    public Task Running
    {
        get
        {
            lock (_lock)
                return _running;
        }
    }

    public bool IsDue(DateTimeOffset now)
    {
        lock (_lock)
            return _next <= now || _busy;
    }

    /// <summary>Whether a new delivery may go at once. Where the receiver is in trouble it waits until that is tried again.</summary>
    public bool IsThere(DateTimeOffset now)
    {
        lock (_lock)
            return !_rests || _next <= now;
    }

    /// <summary>What the last round found.</summary>
    public void Rest(WebhookRest found, DateTimeOffset now)
    {
        lock (_lock)
        {
            DateTimeOffset latest = now + Longest;
            (_rests, _next) = (found.Rests, found.Next < latest ? found.Next.Value : latest);
            _again |= found.IsCutShort;
        }
    }

    /// <summary>Serves it now; or once more, when it is being served. Completes when that is done.</summary>
    public Task RunAsync(Func<WebhookPulse, Task> serve)
    {
        lock (_lock)
        {
            _again = _busy;
            if (_busy)
                return _running;
            _busy = true;
            // Neither the log scope nor the trace of whoever wakes it belongs to what it sends.
            using AsyncFlowControl? apart = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
            return _running = Task.Run(() => LoopAsync(serve));
        }
    }

    private async Task LoopAsync(Func<WebhookPulse, Task> serve)
    {
        do
            await serve(this);
        while (Goes());
    }

    /// <summary>Whether something came meanwhile; where the receiver is in trouble it waits.</summary>
    private bool Goes()
    {
        lock (_lock)
        {
            _busy = _again && !_rests;
            _again = false;
            return _busy;
        }
    }
}
