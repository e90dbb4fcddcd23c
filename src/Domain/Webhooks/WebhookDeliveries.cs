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
    private readonly WebhookRound _round;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, WebhookPulse> _pulses = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _slots = new(Parallel);
    private readonly CancellationTokenSource _stop = new();

    /// <param name="made">Whether a change was made.</param>
    internal WebhookDeliveries(
        WebhookTable webhooks, WebhookQueue queue, WebhookSender sender, Func<WebhookOrigin, CancellationToken, Task<bool>> made, TimeProvider time, ILogger logger)
    {
        (_webhooks, _time, _logger) = (webhooks, time, logger);
        _round = new WebhookRound(queue, sender, made, time, logger);
        queue.Woken = Wake;
    }

    /// <summary>Delivers what is due, and returns when all of it was tried once. Hosts call it at their timer's beat; several may.</summary>
    public async Task DeliverDueAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<WebhookRow> all = await _webhooks.ListAsync(cancellationToken);
        DateTimeOffset now = _time.GetUtcNow();
        await Task.WhenAll(all.Select(w => PulseOf(w.Webhook.Id)).Where(p => p.IsDue(now)).Select(p => p.RunAsync(ServeAsync))).WaitAsync(cancellationToken);
        foreach (string gone in _pulses.Keys.Except(all.Select(w => w.Webhook.Id)))
            _pulses.TryRemove(gone, out _);
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
            await _slots.WaitAsync(_stop.Token);
            try
            {
                pulse.Rest(await _round.RunAsync(await _webhooks.GetAsync(pulse.Webhook, _stop.Token), _stop.Token), _time.GetUtcNow());
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or MlOpsException { Code: "webhook-missing" })
        {
            // Stopped, or deleted: there is nobody to tell.
        }
        catch (Exception e)
        {
            _logger.NotLookedAt(pulse.Webhook, e);
        }
    }
}
