using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Webhooks;

/// <summary>One attempt at a delivery: claimed, sent, and noted what came of it.</summary>
/// <param name="made">Whether a change was made.</param>
internal sealed class WebhookAttempts(
    WebhookQueue queue, WebhookSender sender, Func<WebhookOrigin, CancellationToken, Task<bool>> made, TimeProvider time, ILogger logger)
{
    /// <summary>How long an attempt has a delivery for itself; after a process that died the next one may try then.</summary>
    private static readonly TimeSpan Claim = WebhookSender.Timeout + TimeSpan.FromSeconds(20);

    /// <summary>Null: it waits no longer.</summary>
    public async Task<WebhookLeft?> TryAsync(WebhookRow webhook, WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!delivery.Confirmed && !await made(delivery.Origin, cancellationToken))
        {
            // Others need not wait for it: perhaps it never comes.
            if (now - delivery.At <= WebhookBackoff.Unmade)
                return new WebhookLeft(now + WebhookBackoff.After(1, null), false);
            await queue.TryDeleteAsync(delivery, cancellationToken);
            return null;
        }

        // Counted before it is sent, so that one that ends the process is not tried for ever.
        WebhookDelivery mine = delivery with { Confirmed = true, Attempts = delivery.Attempts + 1, Due = now + Claim };
        if (await queue.TryWriteAsync(mine, cancellationToken) is not { } claimed)
            return new WebhookLeft(now + WebhookBackoff.After(1, null), true);
        WebhookAnswer answer = await sender.PostAsync(webhook, claimed.Id, claimed.Body, cancellationToken);
        if (answer.IsDelivered)
        {
            await queue.TryDeleteAsync(claimed, cancellationToken);
            return null;
        }

        if (answer.IsRefused)
            return await RefusedAsync(webhook, claimed, answer, cancellationToken);
        if (answer.IsWorthAnother && claimed.Attempts < WebhookBackoff.Attempts)
            return await PostponeAsync(webhook, claimed, answer, cancellationToken);
        await GiveUpAsync(webhook, claimed, answer.Said, cancellationToken);
        return null;
    }

    public async Task GiveUpAsync(WebhookRow webhook, WebhookDelivery delivery, string why, CancellationToken cancellationToken)
    {
        if (await queue.TryDeleteAsync(delivery, cancellationToken))
            logger.GivenUp(webhook.Webhook.Name, HostOf(webhook), delivery.Event, delivery.Id, delivery.Attempts, why);
    }

    private async Task<WebhookLeft> PostponeAsync(WebhookRow webhook, WebhookDelivery claimed, WebhookAnswer answer, CancellationToken cancellationToken)
    {
        DateTimeOffset due = time.GetUtcNow() + WebhookBackoff.After(claimed.Attempts, answer.RetryAfter);
        await queue.TryWriteAsync(claimed with { Due = due }, cancellationToken);
        logger.Postponed(webhook.Webhook.Name, HostOf(webhook), claimed.Event, claimed.Id, claimed.Attempts, answer.Said, due);
        return new WebhookLeft(due, true);
    }

    /// <summary>A setting of this server is in the way, so nothing was sent: that is no attempt, and only age ends it.</summary>
    private async Task<WebhookLeft> RefusedAsync(WebhookRow webhook, WebhookDelivery claimed, WebhookAnswer answer, CancellationToken cancellationToken)
    {
        DateTimeOffset due = time.GetUtcNow() + WebhookBackoff.Refused;
        await queue.TryWriteAsync(claimed with { Attempts = claimed.Attempts - 1, Due = due }, cancellationToken);
        logger.Refused(webhook.Webhook.Name, HostOf(webhook), claimed.Event, claimed.Id, answer.Said, due);
        return new WebhookLeft(due, true);
    }

    private static string HostOf(WebhookRow webhook) => new Uri(webhook.Webhook.Url).Host;
}

/// <summary>What waits on.</summary>
/// <param name="Due">When it may be tried next.</param>
/// <param name="Holds">What came later waits, too.</param>
internal readonly record struct WebhookLeft(DateTimeOffset Due, bool Holds);
