using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Webhooks;

/// <summary>Table <c>webhooks</c>, partition <c>w</c>: a row each webhook, with its document and apart from that its secret.</summary>
internal sealed class WebhookTable(IEntityTable tables, WebhookSecrets secrets)
{
    public const string Name = "webhooks";

    private const string Partition = "w";

    public async Task<IReadOnlyList<WebhookRow>> ListAsync(CancellationToken cancellationToken) =>
        await tables.ScanAsync(Name, Partition, EntityRange.All, cancellationToken).Select(Read).ToListAsync(cancellationToken);

    /// <exception cref="MlOpsException">NotFound <c>webhook-missing</c>.</exception>
    public async Task<WebhookRow> GetAsync(string id, CancellationToken cancellationToken) =>
        await tables.FindAsync(Name, Key(id), cancellationToken) is { } row ? Read(row) : throw Missing(id);

    /// <param name="secret">Null leaves it as it is.</param>
    /// <param name="before">Null: there is none of that id yet.</param>
    /// <returns>False if somebody else changed it meanwhile.</returns>
    public async Task<bool> TryWriteAsync(Webhook webhook, string? secret, WebhookRow? before, CancellationToken cancellationToken)
    {
        byte[]? kept = secret is null ? before?.Secret : secrets.Seal(webhook.Id, secret);
        var row = new Entity(Partition, webhook.Id) { ["doc"] = WorkflowJson.Write(webhook with { Signed = kept is not null }), ["secret"] = kept };
        try
        {
            await tables.WriteAsync(Name, before is null ? EntityWrite.Insert(row) : EntityWrite.Replace(row, before.ETag), cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (before is not null && e.Code is "entity-changed" or "entity-missing")
        {
            return false;
        }
    }

    /// <exception cref="MlOpsException">NotFound <c>webhook-missing</c>.</exception>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(Name, EntityWrite.Delete(Key(id)), cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "entity-missing")
        {
            throw Missing(id);
        }
    }

    /// <summary>Null: it has none.</summary>
    /// <exception cref="MlOpsException">Invalid <c>webhook-key</c>.</exception>
    public string? SecretOf(WebhookRow row) => row.Secret is { } kept ? secrets.Unseal(row.Webhook.Id, kept) : null;

    private static EntityKey Key(string id) => new(Partition, id);

    private static WebhookRow Read(Entity row) => new(JsonSerializer.Deserialize<Webhook>(row.Text("doc")!, WorkflowJson.Options)!, row.Bytes("secret"), row.ETag!);

    private static MlOpsException Missing(string id) => MlOpsException.NotFound("webhook-missing", $"Webhook with ID {(id.Length <= 80 ? id : id[..77] + "...")} not found.");
}

/// <summary>A webhook as it was read.</summary>
/// <param name="Secret">As it is kept.</param>
internal sealed record WebhookRow(Webhook Webhook, byte[]? Secret, string ETag)
{
    /// <summary>Without what it holds: records print themselves, and logs print records.</summary>
    public override string ToString() => $"{Webhook.Id} {ETag}";
}
