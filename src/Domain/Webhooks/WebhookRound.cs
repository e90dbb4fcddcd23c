namespace MlOps.Domain.Webhooks;

/// <summary>
/// One walk through what waits for a webhook: sends what is due, oldest first, and gives up what is too old or too much. Behind a delivery
/// that is to be tried later, or that another process is sending, the others wait: so they come in order.
/// </summary>
internal sealed class WebhookRound(WebhookTable webhooks, WebhookQueue queue, WebhookAttempts attempts, SemaphoreSlim turns, TimeProvider time)
{
    /// <summary>Attempts of one walk; then what waits is read anew.</summary>
    public const int Most = 100;

    /// <exception cref="MlOpsException">NotFound <c>webhook-missing</c>: it was deleted, also on the way.</exception>
    public async Task<WebhookRest> RunAsync(string id, CancellationToken cancellationToken)
    {
        using WebhookTurn turn = await WebhookTurn.TakeAsync(turns, cancellationToken);
        WebhookRow webhook = await webhooks.GetAsync(id, cancellationToken);
        DateTimeOffset? next = null;
        bool rests = webhook.Webhook.Status != WebhookStatus.Active;
        var line = default(WaitingLine);
        int made = 0;
        await foreach (WebhookDelivery delivery in queue.ListAsync(id, cancellationToken))
        {
            DateTimeOffset now = time.GetUtcNow();
            if (WhyNot(delivery, line, now) is { } why)
            {
                await attempts.GiveUpAsync(webhook, delivery, why, cancellationToken);
                continue;
            }

            if (!rests && delivery.Due > now)
                (rests, next) = (true, Earlier(next, delivery.Due));
            if (rests)
            {
                line = line.With(delivery);
                continue;
            }

            if (made == Most)
                return new WebhookRest(now, false, IsCutShort: true);
            if (made > 0)
                await turn.YieldAsync(cancellationToken);
            // It may have been changed, disabled or deleted since the last attempt.
            webhook = await webhooks.GetAsync(id, cancellationToken);
            if (webhook.Webhook.Status != WebhookStatus.Active)
                (rests, next, line) = (true, null, line.With(delivery));
            else if (await attempts.TryAsync(webhook, delivery, cancellationToken) is not { } left)
                made++;
            // One whose change is not there is neither an attempt nor counted: else such ones would keep out those that are.
            else
                (rests, next, line) = (left.Holds, Earlier(next, left.Due), left.Holds ? line.With(delivery) : line);
        }

        bool active = webhook.Webhook.Status == WebhookStatus.Active;
        return new WebhookRest(active ? next : null, active && rests);
    }

    /// <summary>Why it is given up; null: it is not.</summary>
    private static string? WhyNot(WebhookDelivery delivery, WaitingLine line, DateTimeOffset now) =>
        now - delivery.At > WebhookBackoff.Age ? $"it waited for more than {WebhookBackoff.Age.TotalHours:0} hours"
        : line.Count >= WebhookLimits.Waiting ? $"{WebhookLimits.Waiting:N0} others wait before it"
        : line.Bytes >= WebhookLimits.WaitingBytes ? $"others of {line.Bytes:N0} bytes wait before it"
        : delivery.Attempts >= WebhookBackoff.Attempts && delivery.Due <= now ? "no attempt came to its end"
        : null;

    private static DateTimeOffset Earlier(DateTimeOffset? next, DateTimeOffset due) => next < due ? next.Value : due;

    /// <summary>What is left to wait for one receiver.</summary>
    private readonly record struct WaitingLine(int Count, long Bytes)
    {
        public WaitingLine With(WebhookDelivery delivery) => new(Count + 1, Bytes + delivery.Body.Length);
    }
}

/// <summary>What a round found.</summary>
/// <param name="Next">When something is due next; null: nothing waits, or nothing of it may go.</param>
/// <param name="Rests">What comes new waits until then, too.</param>
/// <param name="IsCutShort">More may go at once.</param>
internal readonly record struct WebhookRest(DateTimeOffset? Next, bool Rests, bool IsCutShort = false);
