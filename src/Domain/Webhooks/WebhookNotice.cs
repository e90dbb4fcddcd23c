using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Webhooks;

/// <summary>One thing that happened, as receivers are told of it.</summary>
/// <param name="Data">The payload of the event's kind.</param>
public sealed record WebhookNotice(WebhookEvent Event, JsonObject Data)
{
    /// <summary>What is posted, the same bytes at each attempt: <c>{"entity", "action", "timestamp", "data"}</c>, as MLflow writes it.</summary>
    public byte[] Body(DateTimeOffset at)
    {
        byte[] body = Write(at);
        // A row has no room for it; tags are what can be so long, and can be read where the event says.
        if (body.Length <= LargeValues.MaxBytes || !Data.ContainsKey("tags"))
            return body;
        Data["tags"] = new JsonObject();
        return Write(at);
    }

    private byte[] Write(DateTimeOffset at) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["entity"] = Event.Entity,
        ["action"] = Event.Action,
        ["timestamp"] = at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff+00:00", CultureInfo.InvariantCulture),
        ["data"] = Data.DeepClone(),
    });
}

/// <summary>The change that a delivery tells of. It is written down before the change is, and sent only once the change is there.</summary>
/// <param name="Partition">Where the change stands.</param>
/// <param name="Revision">Its number there.</param>
/// <param name="Change">What marks it as this change, and not as one that came first under the same number.</param>
public sealed record WebhookOrigin(string Partition, long Revision, string Change);
