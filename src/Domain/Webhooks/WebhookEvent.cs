namespace MlOps.Domain.Webhooks;

/// <summary>A kind of event in MLflow's words: an entity (<c>model_version</c>) and what happened to it (<c>created</c>).</summary>
public sealed record WebhookEvent(string Entity, string Action)
{
    /// <summary><c>model_version.created</c>.</summary>
    public override string ToString() => $"{Entity}.{Action}";
}
