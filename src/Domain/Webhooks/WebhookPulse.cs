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
    private int _failures;
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

    /// <summary>Whether a new delivery may go at once. It waits where the receiver is away until that is tried again.</summary>
    public bool IsThere(DateTimeOffset now)
    {
        lock (_lock)
            return _failures == 0 || _next <= now;
    }

    /// <summary>What the last round found.</summary>
    public void Rest(WebhookRest found, DateTimeOffset now)
    {
        lock (_lock)
        {
            _failures = found.IsAway ? _failures + 1 : 0;
            DateTimeOffset latest = now + Longest;
            _next = found.IsAway ? now + WebhookBackoff.Away(_failures) : found.Next < latest ? found.Next.Value : latest;
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
            return _running = Task.Run(() => LoopAsync(serve));
        }
    }

    private async Task LoopAsync(Func<WebhookPulse, Task> serve)
    {
        do
            await serve(this);
        while (Goes());
    }

    /// <summary>Whether something came meanwhile; for a receiver that is away it waits.</summary>
    private bool Goes()
    {
        lock (_lock)
        {
            _busy = _again && _failures == 0;
            _again = false;
            return _busy;
        }
    }
}

/// <summary>What a round found.</summary>
/// <param name="Next">When something is due next; null: nothing waits.</param>
/// <param name="IsAway">The receiver did not answer at all.</param>
internal readonly record struct WebhookRest(DateTimeOffset? Next, bool IsAway);
