using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Webhooks;

/// <summary>The webhooks there are: made, listed, changed, deleted and tried out. No answer has a secret.</summary>
public sealed class WebhookStore
{
    private readonly WebhookTable _table;
    private readonly WebhookQueue _queue;
    private readonly WebhookSender _sender;
    private readonly WebhookTarget _target;
    private readonly TimeProvider _time;
    private readonly IIdSource _ids;

    internal WebhookStore(WebhookTable table, WebhookQueue queue, WebhookSender sender, WebhookTarget target, TimeProvider time, IIdSource ids) =>
        (_table, _queue, _sender, _target, _time, _ids) = (table, queue, sender, target, time, ids);

    /// <param name="wanted">With name, URL and events; active unless it says otherwise.</param>
    /// <exception cref="MlOpsException">
    /// Invalid <c>webhook-name</c>, <c>webhook-events</c>, <c>webhook-too-long</c>, <c>webhook-status</c>, <c>webhook-url</c>, <c>webhook-host</c>;
    /// TooLarge <c>too-many-webhooks</c>.
    /// </exception>
    public async Task<Webhook> CreateAsync(WebhookEdit wanted, CancellationToken cancellationToken)
    {
        WebhookEdit given = wanted with { Name = wanted.Name ?? "", Events = wanted.Events ?? [] };
        WebhookLimits.Check(given);
        await _target.CheckAsync(given.Url ?? "", cancellationToken);
        if ((await _table.ListAsync(cancellationToken)).Count >= WebhookLimits.Webhooks)
            throw MlOpsException.TooLarge("too-many-webhooks", $"there are {WebhookLimits.Webhooks:N0} webhooks, more are not allowed: delete one first");
        DateTimeOffset now = _time.GetUtcNow();
        var made = new Webhook(
            Uuid(_ids), given.Name!, Text(given.Description), given.Url!, [.. given.Events!.Distinct()], given.Status ?? WebhookStatus.Active, Text(given.Secret) is not null, now, now);
        await _table.TryWriteAsync(made, Text(given.Secret), null, cancellationToken);
        return made;
    }

    /// <exception cref="MlOpsException">NotFound <c>webhook-missing</c>.</exception>
    public async Task<Webhook> GetAsync(string id, CancellationToken cancellationToken) => (await _table.GetAsync(id, cancellationToken)).Webhook;

    /// <summary>A page of all webhooks, newest first, and what to pass back for the next one; null: that was the last.</summary>
    /// <param name="limit">1 to <see cref="WebhookLimits.Page"/>.</param>
    /// <exception cref="MlOpsException">Invalid <c>page-token</c>.</exception>
    public async Task<(IReadOnlyList<Webhook> Items, string? Next)> ListAsync(int limit, string? continuation, CancellationToken cancellationToken)
    {
        string? after = continuation is null ? null : Decode(continuation);
        IEnumerable<Webhook> all = (await _table.ListAsync(cancellationToken)).Select(r => r.Webhook).OrderBy(Place, StringComparer.Ordinal);
        List<Webhook> left = [.. all.Where(w => after is null || string.CompareOrdinal(Place(w), after) > 0).Take(limit + 1)];
        return left.Count <= limit ? (left, null) : (left[..limit], Encode(Place(left[limit - 1])));
    }

    /// <exception cref="MlOpsException">NotFound <c>webhook-missing</c>; else as of <see cref="CreateAsync"/>.</exception>
    public async Task<Webhook> UpdateAsync(string id, WebhookEdit wanted, CancellationToken cancellationToken)
    {
        var given = new WebhookEdit
        {
            Name = Text(wanted.Name),
            Description = Text(wanted.Description),
            Url = Text(wanted.Url),
            Events = wanted.Events is { Count: > 0 } events ? events : null,
            Secret = Text(wanted.Secret),
            Status = wanted.Status,
        };
        WebhookLimits.Check(given);
        if (given.Url is not null)
            await _target.CheckAsync(given.Url, cancellationToken);
        while (true)
        {
            WebhookRow before = await _table.GetAsync(id, cancellationToken);
            Webhook now = before.Webhook;
            Webhook next = now with
            {
                Name = given.Name ?? now.Name,
                Description = given.Description ?? now.Description,
                Url = given.Url ?? now.Url,
                Events = given.Events is { } events2 ? [.. events2.Distinct()] : now.Events,
                Status = given.Status ?? now.Status,
                Signed = now.Signed || given.Secret is not null,
                UpdatedAt = _time.GetUtcNow(),
            };
            if (await _table.TryWriteAsync(next, given.Secret, before, cancellationToken))
                return next;
        }
    }

    /// <summary>With what waits for it.</summary>
    /// <exception cref="MlOpsException">NotFound <c>webhook-missing</c>.</exception>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        // Before, so that what is broken off here can be done once more; and after, since a change may write something down meanwhile.
        bool known = Guid.TryParseExact(id, "D", out _);
        if (known)
            await _queue.PurgeAsync(id, cancellationToken);
        try
        {
            await _table.DeleteAsync(id, cancellationToken);
        }
        finally
        {
            if (known)
                await _queue.PurgeAsync(id, CancellationToken.None);
        }
    }

    /// <summary>Sends an example once, also to a disabled webhook, and says what came of it.</summary>
    /// <param name="e">Null: the first of its events.</param>
    /// <exception cref="MlOpsException">NotFound <c>webhook-missing</c>.</exception>
    public async Task<WebhookTest> TestAsync(string id, WebhookEvent? e, CancellationToken cancellationToken)
    {
        WebhookRow row = await _table.GetAsync(id, cancellationToken);
        WebhookEvent tested = e ?? row.Webhook.Events[0];
        byte[] body = new WebhookNotice(tested, WebhookEvents.ExampleOf(tested)).Body(_time.GetUtcNow());
        WebhookAnswer answer = await _sender.PostAsync(row, Uuid(_ids), body, cancellationToken, reads: true);
        return answer.Status is { } status
            ? new WebhookTest(status < 400, status, answer.Body)
            : new WebhookTest(false, ErrorMessage: $"Failed to test webhook: {answer.Error}");
    }

    internal static string Uuid(IIdSource ids) => Guid.ParseExact(ids.NewId(), "N").ToString();

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string Place(Webhook webhook) => $"{SortKeys.NewestFirst(webhook.CreatedAt)}-{webhook.Id}";

    private static string Encode(string place) => Convert.ToBase64String(Encoding.ASCII.GetBytes(place));

    private static string Decode(string token)
    {
        byte[] place = new byte[token.Length];
        return Convert.TryFromBase64String(token, place, out int length) && length > 0
            ? Encoding.ASCII.GetString(place.AsSpan(0, length))
            : throw MlOpsException.Invalid("page-token", $"'{token}' is no page token: pass back the one of the last page, or none to begin anew");
    }
}
