using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Webhooks;

/// <summary>
/// Delivers what waits, at once after the change in the background and whenever the host's timer asks. Each webhook is served by itself,
/// one delivery at a time and oldest first, so that a receiver that is slow or away holds up nobody else. At least once: a process that
/// dies between an answer and its note sends again, under the same id.
/// </summary>
public sealed class WebhookDeliveries : IAsyncDisposable
{
    /// <summary>Webhooks served at the same time.</summary>
    private const int Parallel = 8;

    /// <summary>For a delivery that is under way when the host stops.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly WebhookTable _webhooks;
    private readonly WebhookQueue _queue;
    private readonly WebhookRound _round;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, WebhookPulse> _pulses = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turns = new(Parallel);
    private readonly CancellationTokenSource _stop = new();

    /// <param name="made">Whether a change was made.</param>
    internal WebhookDeliveries(
        WebhookTable webhooks, WebhookQueue queue, WebhookSender sender, Func<WebhookOrigin, CancellationToken, Task<bool>> made, TimeProvider time, ILogger logger)
    {
        (_webhooks, _queue, _time, _logger) = (webhooks, queue, time, logger);
        _round = new WebhookRound(webhooks, queue, new WebhookAttempts(queue, sender, made, time, logger), _turns, time);
        queue.Woken = Wake;
    }

    /// <summary>Starts what is due, in the background. Hosts that go on running call it at their timer's beat; several may.</summary>
    public async Task StartDueAsync(CancellationToken cancellationToken) => await StartAsync(cancellationToken);

    /// <summary>Starts what is due and waits until all of it was tried. For hosts that may be put to sleep when they have nothing to do.</summary>
    /// <param name="atMost">How long to wait; what is under way then goes on in the background.</param>
    public async Task DeliverDueAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        Task started = Task.WhenAll(await StartAsync(cancellationToken));
        try
        {
            await started.WaitAsync(atMost, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Receivers are slow, or much waits.
        }
    }

    /// <summary>Gives what is under way a moment; the rest is told by the next process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        _stop.CancelAfter(Grace);
        await Task.WhenAll(_pulses.Values.Select(p => p.Running));
        await _stop.CancelAsync();
    }

    private async Task<IReadOnlyList<Task>> StartAsync(CancellationToken cancellationToken)
    {
        // Read before the list: what is not listed then was deleted, and not made meanwhile.
        string[] known = [.. _pulses.Keys];
        string[] all = [.. (await _webhooks.ListAsync(cancellationToken)).Select(w => w.Webhook.Id)];
        DateTimeOffset now = _time.GetUtcNow();
        Task[] started = [.. all.Select(PulseOf).Where(p => p.IsDue(now)).Select(p => p.RunAsync(ServeAsync))];
        foreach (string gone in known.Except(all))
        {
            if (_pulses.TryGetValue(gone, out WebhookPulse? pulse) && pulse.Running.IsCompleted)
                _pulses.TryRemove(KeyValuePair.Create(gone, pulse));
        }

        return started;
    }

    private void Wake(IReadOnlyCollection<string> webhooks)
    {
        foreach (string webhook in webhooks.Where(_ => !_stop.IsCancellationRequested))
        {
            WebhookPulse pulse = PulseOf(webhook);
            if (pulse.IsThere(_time.GetUtcNow()))
                _ = pulse.RunAsync(ServeAsync);
        }
    }

    private WebhookPulse PulseOf(string webhook) => _pulses.GetOrAdd(webhook, id => new WebhookPulse(id));

    private async Task ServeAsync(WebhookPulse pulse)
    {
        try
        {
            pulse.Rest(await _round.RunAsync(pulse.Webhook, _stop.Token), _time.GetUtcNow());
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        catch (MlOpsException e) when (e.Code == "webhook-missing")
        {
            await PurgeAsync(pulse.Webhook);
        }
        catch (Exception e)
        {
            _logger.NotLookedAt(pulse.Webhook, e);
        }
    }

    /// <summary>A change may have written something down for a webhook while that was deleted.</summary>
    private async Task PurgeAsync(string webhook)
    {
        try
        {
            await _queue.PurgeAsync(webhook, _stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or MlOpsException)
        {
            _logger.NotLookedAt(webhook, e);
        }
    }
}
