namespace MlOps.Domain.Webhooks;

/// <summary>Somebody who wants to be told. The secret is no part of it: once given, it is never shown again.</summary>
/// <param name="Id">A UUID.</param>
/// <param name="Url">Where events are posted to.</param>
/// <param name="Events">Those it is told of, in the order given; at least one.</param>
/// <param name="Signed">Whether it has a secret, so that deliveries are signed.</param>
public sealed record Webhook(
    string Id,
    string Name,
    string? Description,
    string Url,
    IReadOnlyList<WebhookEvent> Events,
    WebhookStatus Status,
    bool Signed,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    /// <summary>Without the URL: its path often is a secret.</summary>
    public override string ToString() => $"{Id} {Name} {Status}";
}

public enum WebhookStatus
{
    Active = 1,

    /// <summary>What happens now it is never told; what waited before waits on, as long as it would.</summary>
    Disabled = 2,
}

/// <summary>What a webhook shall be. In a change null and empty leave a field as it is, as MLflow's server has it.</summary>
public sealed record WebhookEdit
{
    /// <summary>1 to 63 of letters, digits, <c>. _ -</c>; begins and ends with a letter or digit. Need not be unique.</summary>
    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? Url { get; init; }

    public IReadOnlyList<WebhookEvent>? Events { get; init; }

    /// <summary>What deliveries are signed with.</summary>
    public string? Secret { get; init; }

    public WebhookStatus? Status { get; init; }

    /// <summary>Without secret and URL: records print themselves, and logs print records.</summary>
    public override string ToString() => $"{Name} {Status}";
}

/// <summary>What a receiver made of a test.</summary>
/// <param name="Success">It answered with a status below 400.</param>
/// <param name="ResponseStatus">Null when it did not answer.</param>
/// <param name="ResponseBody">At most the first 4,096 characters.</param>
/// <param name="ErrorMessage">Why there is no answer.</param>
public sealed record WebhookTest(bool Success, int? ResponseStatus = null, string? ResponseBody = null, string? ErrorMessage = null);
