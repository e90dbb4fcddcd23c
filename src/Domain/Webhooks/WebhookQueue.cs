using System.Globalization;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Webhooks;

/// <summary>
/// What waits to be delivered: table <c>webhooks</c>, partition <c>q-[webhook]</c>, a row each delivery in the order of what happened. A change
/// writes its deliveries down before itself, since they stand in another partition; one whose change never came is dropped. So none is lost
/// between the change and its delivery, and none tells of what did not happen.
/// </summary>
public sealed class WebhookQueue
{
    private readonly IEntityTable _tables;
    private readonly WebhookTable _webhooks;
    private readonly TimeProvider _time;
    private readonly IIdSource _ids;

    internal WebhookQueue(IEntityTable tables, WebhookTable webhooks, TimeProvider time, IIdSource ids) =>
        (_tables, _webhooks, _time, _ids) = (tables, webhooks, time, ids);

    /// <summary>Called with webhooks for which something waits.</summary>
    internal Action<IReadOnlyCollection<string>> Woken { get; set; } = _ => { };

    /// <summary>Writes down what a change will have to tell, for each active webhook that wants it. Without any nothing is written.</summary>
    /// <param name="partition">Where the change will stand.</param>
    /// <param name="revision">Its number.</param>
    /// <returns>Null: nobody wants to be told.</returns>
    public async Task<PreparedNotices?> PrepareAsync(string partition, long revision, Func<IReadOnlyList<WebhookNotice>> notices, CancellationToken cancellationToken)
    {
        Webhook[] active = [.. (await _webhooks.ListAsync(cancellationToken)).Select(r => r.Webhook).Where(w => w.Status == WebhookStatus.Active)];
        if (active.Length == 0 || notices() is not { Count: > 0 } all)
            return null;
        var origin = new WebhookOrigin(partition, revision, _ids.NewId());
        DateTimeOffset now = _time.GetUtcNow();
        var prepared = new List<WebhookDelivery>();
        foreach (Webhook webhook in active)
            prepared.AddRange(all.Index().Where(n => webhook.Events.Contains(n.Item.Event)).Select(n => New(webhook, n.Item, n.Index, origin, now)));
        var made = new PreparedNotices(origin.Change, prepared);
        try
        {
            await WriteAsync(prepared, cancellationToken);
        }
        catch
        {
            // The change will not be tried, so none of them may count as waiting.
            await WithdrawAsync(made, CancellationToken.None);
            throw;
        }

        return prepared.Count == 0 ? null : made;
    }

    /// <summary>The change was made.</summary>
    public void Release(PreparedNotices prepared) => Woken([.. prepared.Deliveries.Select(d => d.Webhook).Distinct()]);

    /// <summary>The change was not made: somebody else was faster, or it was refused.</summary>
    public async Task WithdrawAsync(PreparedNotices prepared, CancellationToken cancellationToken)
    {
        foreach (WebhookDelivery delivery in prepared.Deliveries)
            await TryDeleteAsync(delivery, "*", cancellationToken);
    }

    /// <summary>Confirms what waits of changes of a partition that is about to go, and with it the proof that they were made.</summary>
    public async Task ConfirmAsync(string partition, Func<WebhookOrigin, CancellationToken, Task<bool>> made, CancellationToken cancellationToken)
    {
        foreach (WebhookRow webhook in await _webhooks.ListAsync(cancellationToken))
        {
            await foreach (WebhookDelivery waiting in ListAsync(webhook.Webhook.Id, cancellationToken))
            {
                if (!waiting.Confirmed && waiting.Origin.Partition == partition && await made(waiting.Origin, cancellationToken))
                    await TryWriteAsync(waiting with { Confirmed = true }, cancellationToken);
            }
        }
    }

    /// <summary>Oldest first.</summary>
    internal IAsyncEnumerable<WebhookDelivery> ListAsync(string webhook, CancellationToken cancellationToken) =>
        _tables.ScanAsync(WebhookTable.Name, WebhookDelivery.PartitionOf(webhook), EntityRange.All, cancellationToken).Select(row => WebhookDelivery.Of(webhook, row));

    /// <returns>As it stands now; null if somebody else has it.</returns>
    internal async Task<WebhookDelivery?> TryWriteAsync(WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            string etag = await _tables.WriteAsync(WebhookTable.Name, EntityWrite.Replace(delivery.ToRow(), delivery.ETag!), cancellationToken);
            return delivery with { ETag = etag };
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-missing")
        {
            return null;
        }
    }

    internal Task<bool> TryDeleteAsync(WebhookDelivery delivery, CancellationToken cancellationToken) => TryDeleteAsync(delivery, delivery.ETag!, cancellationToken);

    /// <summary>Removes all that waits for a webhook.</summary>
    internal async Task PurgeAsync(string webhook, CancellationToken cancellationToken)
    {
        await foreach (WebhookDelivery waiting in ListAsync(webhook, cancellationToken))
            await TryDeleteAsync(waiting, "*", cancellationToken);
    }

    private async Task WriteAsync(IEnumerable<WebhookDelivery> all, CancellationToken cancellationToken)
    {
        foreach (IGrouping<string, WebhookDelivery> of in all.GroupBy(d => d.Webhook))
        {
            foreach (WebhookDelivery[] some in Batches(of))
                await _tables.WriteAsync(WebhookTable.Name, [.. some.Select(d => EntityWrite.Insert(d.ToRow()))], cancellationToken);
        }
    }

    private async Task<bool> TryDeleteAsync(WebhookDelivery delivery, string etag, CancellationToken cancellationToken)
    {
        try
        {
            await _tables.WriteAsync(WebhookTable.Name, EntityWrite.Delete(new EntityKey(WebhookDelivery.PartitionOf(delivery.Webhook), delivery.Row), etag), cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-missing")
        {
            return false;
        }
    }

    private WebhookDelivery New(Webhook webhook, WebhookNotice notice, int index, WebhookOrigin origin, DateTimeOffset now)
    {
        string id = WebhookStore.Uuid(_ids);
        string row = string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds():D15}-{index:D4}-{id}");
        return new WebhookDelivery(webhook.Id, row, id, $"{notice.Event}", notice.Body(now), now, origin) { Due = now };
    }

    /// <summary>As many as one batch takes, in number and bytes.</summary>
    private static IEnumerable<WebhookDelivery[]> Batches(IEnumerable<WebhookDelivery> all)
    {
        var batch = new List<WebhookDelivery>();
        long bytes = 0;
        foreach (WebhookDelivery delivery in all)
        {
            if (batch.Count == EntityLimits.BatchEntities || (batch.Count > 0 && bytes + delivery.Body.Length > EntityLimits.BatchBytes / 2))
            {
                yield return [.. batch];
                batch.Clear();
                bytes = 0;
            }

            batch.Add(delivery);
            bytes += delivery.Body.Length;
        }

        if (batch.Count > 0)
            yield return [.. batch];
    }
}

/// <summary>What was written down for a change that is about to be made.</summary>
public sealed class PreparedNotices
{
    internal PreparedNotices(string change, IReadOnlyList<WebhookDelivery> deliveries) => (Change, Deliveries) = (change, deliveries);

    /// <summary>What the change must be marked with.</summary>
    public string Change { get; }

    internal IReadOnlyList<WebhookDelivery> Deliveries { get; }
}
