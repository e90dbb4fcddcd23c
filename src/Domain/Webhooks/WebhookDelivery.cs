using MlOps.Domain.Storage;

namespace MlOps.Domain.Webhooks;

/// <summary>One notice that waits for one receiver.</summary>
/// <param name="Row">Its row key: in the order in which things happened.</param>
/// <param name="Id">The same at each attempt, so that a receiver knows what it has had.</param>
internal sealed record WebhookDelivery(string Webhook, string Row, string Id, string Event, byte[] Body, DateTimeOffset At, WebhookOrigin Origin)
{
    /// <summary>Whether its change is known to have been made.</summary>
    public bool Confirmed { get; init; }

    /// <summary>Begun so far.</summary>
    public int Attempts { get; init; }

    /// <summary>When the next one may begin.</summary>
    public DateTimeOffset Due { get; init; }

    public string? ETag { get; init; }

    public Entity ToRow()
    {
        var row = new Entity(PartitionOf(Webhook), Row)
        {
            ["id"] = Id,
            ["event"] = Event,
            ["at"] = At,
            ["origin"] = Origin.Partition,
            ["revision"] = Origin.Revision,
            ["change"] = Origin.Change,
            ["confirmed"] = Confirmed,
            ["attempts"] = Attempts,
            ["due"] = Due,
        };
        row.SetLarge("body", Body);
        return row;
    }

    public static WebhookDelivery Of(string webhook, Entity row) => new(
        webhook,
        row.Key.Row,
        row.Text("id")!,
        row.Text("event")!,
        row.Large("body")!,
        row.Time("at")!.Value,
        new WebhookOrigin(row.Text("origin")!, row.Int("revision")!.Value, row.Text("change")!))
    {
        Confirmed = row.Flag("confirmed") == true,
        Attempts = (int)row.Int("attempts")!.Value,
        Due = row.Time("due")!.Value,
        ETag = row.ETag,
    };

    public static string PartitionOf(string webhook) => "q-" + webhook;
}
