using MlOps.Domain.Webhooks;

namespace MlOps.Api.Webhooks;

/// <summary>A webhook to make, with name, URL and events; or what to change of one, where all may be left out.</summary>
/// <param name="Events">Such as <c>model_version.created</c>.</param>
/// <param name="Secret">What deliveries are signed with. No answer has it.</param>
public sealed record WebhookRequest(
    string? Name = null, string? Url = null, IReadOnlyList<string>? Events = null, string? Description = null, string? Secret = null, WebhookStatus? Status = null)
{
    internal WebhookEdit ToEdit() => new()
    {
        Name = Name,
        Url = Url,
        Events = Events is null ? null : [.. Events.Select(WebhookEvents.Parse)],
        Description = Description,
        Secret = Secret,
        Status = Status,
    };

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Name} {Status}";
}

/// <summary>A webhook as it is shown.</summary>
/// <param name="Signed">Whether it has a secret.</param>
public sealed record WebhookView(
    string Id, string Name, string? Description, string Url, IReadOnlyList<string> Events, WebhookStatus Status, bool Signed, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal static WebhookView Of(Webhook w) => new(w.Id, w.Name, w.Description, w.Url, [.. w.Events.Select(e => $"{e}")], w.Status, w.Signed, w.CreatedAt, w.UpdatedAt);
}

/// <param name="Event">What to try it with; null for the first of its events.</param>
public sealed record WebhookTrial(string? Event = null);
