using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Webhooks;

/// <summary>One walk through what waits for a webhook: sends what is due, gives up what is too old or too much.</summary>
internal sealed class WebhookRound(
    WebhookQueue queue, WebhookSender sender, Func<WebhookOrigin, CancellationToken, Task<bool>> made, TimeProvider time, ILogger logger)
{
    /// <summary>How long an attempt has a delivery for itself; after a process that died the next one may try then.</summary>
    private static readonly TimeSpan Claim = WebhookSender.Timeout + TimeSpan.FromSeconds(20);

    public async Task<WebhookRest> RunAsync(WebhookRow webhook, CancellationToken cancellationToken)
    {
        DateTimeOffset? next = null;
        bool away = false;
        int waiting = 0;
        await foreach (WebhookDelivery delivery in queue.ListAsync(webhook.Webhook.Id, cancellationToken))
        {
            DateTimeOffset now = time.GetUtcNow();
            if (now - delivery.At > WebhookBackoff.Age)
                await GiveUpAsync(webhook, delivery, $"it waited for more than {WebhookBackoff.Age.TotalHours:0} hours", cancellationToken);
            else if (waiting >= WebhookLimits.Waiting)
                await GiveUpAsync(webhook, delivery, $"{WebhookLimits.Waiting:N0} others wait before it", cancellationToken);
            else if (away || delivery.Due > now || webhook.Webhook.Status != WebhookStatus.Active)
                (waiting, next) = (waiting + 1, Earlier(next, delivery.Due));
            else if (await AttemptAsync(webhook, delivery, cancellationToken) is { } left)
                (waiting, next, away) = (waiting + 1, Earlier(next, left.Due), left.IsAway);
        }

        return new WebhookRest(webhook.Webhook.Status == WebhookStatus.Active ? next : null, away);
    }

    /// <summary>Null: it waits no longer.</summary>
    private async Task<Left?> AttemptAsync(WebhookRow webhook, WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!delivery.Confirmed && !await made(delivery.Origin, cancellationToken))
        {
            if (now - delivery.At <= WebhookBackoff.Unmade)
                return new Left(now + WebhookBackoff.After(1, null), false);
            await queue.TryDeleteAsync(delivery, cancellationToken);
            return null;
        }

        // Counted before it is sent, so that one that ends the process is not tried for ever.
        if (await queue.TryWriteAsync(delivery with { Confirmed = true, Attempts = delivery.Attempts + 1, Due = now + Claim }, cancellationToken) is not { } claimed)
            return null;
        WebhookAnswer answer = await sender.PostAsync(webhook, claimed.Id, claimed.Body, cancellationToken);
        if (answer.IsDelivered)
        {
            await queue.TryDeleteAsync(claimed, cancellationToken);
            return null;
        }

        if (answer.IsWorthAnother && claimed.Attempts < WebhookBackoff.Attempts)
            return await PostponeAsync(webhook, claimed, answer, cancellationToken);
        await GiveUpAsync(webhook, claimed, answer.Said, cancellationToken);
        return null;
    }

    private async Task<Left> PostponeAsync(WebhookRow webhook, WebhookDelivery claimed, WebhookAnswer answer, CancellationToken cancellationToken)
    {
        DateTimeOffset due = time.GetUtcNow() + WebhookBackoff.After(claimed.Attempts, answer.RetryAfter);
        await queue.TryWriteAsync(claimed with { Due = due }, cancellationToken);
        logger.Postponed(webhook.Webhook.Name, HostOf(webhook), claimed.Event, claimed.Id, claimed.Attempts, answer.Said, due);
        return new Left(due, answer.Status is null);
    }

    private async Task GiveUpAsync(WebhookRow webhook, WebhookDelivery delivery, string why, CancellationToken cancellationToken)
    {
        if (await queue.TryDeleteAsync(delivery, cancellationToken))
            logger.GivenUp(webhook.Webhook.Name, HostOf(webhook), delivery.Event, delivery.Id, delivery.Attempts, why);
    }

    private static string HostOf(WebhookRow webhook) => new Uri(webhook.Webhook.Url).Host;

    private static DateTimeOffset Earlier(DateTimeOffset? next, DateTimeOffset due) => next < due ? next.Value : due;

    private readonly record struct Left(DateTimeOffset Due, bool IsAway);
}
