using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Serving;

/// <summary>
/// Rows of endpoints. Table <c>endpoints</c>, partition = model: <c>cur</c> (the state), <c>h-</c> history newest first, <c>k-</c>
/// idempotency keys of applied changes. Table <c>endpointIndex</c>, partition <c>x</c>: one row a model, written before the state,
/// and behind it once more: whether its traffic has a stable version, and as of which revision.
/// </summary>
internal static class EndpointTable
{
    public const string Name = "endpoints";
    public const string Index = "endpointIndex";
    public const string IndexPartition = "x";
    public const string HistoryPrefix = "h-";

    public static EntityKey Current(string model) => new(model, "cur");

    public static EntityKey Key(string model, string key) => new(model, "k-" + key);

    public static Entity ToEntity(Endpoint endpoint) => new(endpoint.Model, "cur")
    {
        ["traffic"] = WorkflowJson.Write(endpoint.Traffic),
        ["salt"] = endpoint.Salt,
        ["revision"] = endpoint.Revision,
        ["rolloutId"] = endpoint.RolloutId,
        ["changedAt"] = endpoint.ChangedAt,
        ["shadow"] = endpoint.Shadow is null ? null : WorkflowJson.Write(endpoint.Shadow),
        ["unit"] = endpoint.Unit,
        ["settings"] = endpoint.Settings is null ? null : WorkflowJson.Write(endpoint.Settings),
        ["unitsSince"] = endpoint.UnitsSince,
    };

    public static Endpoint ToEndpoint(Entity entity) => new(
        entity.Key.Partition, Traffic(entity), entity.Text("salt")!, entity.Int("revision")!.Value, entity.Text("rolloutId"), entity.Time("changedAt")!.Value,
        entity.Text("shadow") is { } shadow ? WorkflowJson.Read<ShadowShare>(shadow) : null, entity.Text("unit"),
        entity.Text("settings") is { } settings ? WorkflowJson.Read<EndpointSettings>(settings) : null, entity.Int("unitsSince"));

    public static Entity ToHistory(Endpoint endpoint, string reason) => new(endpoint.Model, HistoryPrefix + SortKeys.LargestFirst((int)endpoint.Revision))
    {
        ["traffic"] = WorkflowJson.Write(endpoint.Traffic),
        ["revision"] = endpoint.Revision,
        ["rolloutId"] = endpoint.RolloutId,
        ["reason"] = reason,
        ["changedAt"] = endpoint.ChangedAt,
    };

    public static Entity ToIndex(Endpoint endpoint) => new(IndexPartition, endpoint.Model)
    {
        ["served"] = endpoint.StableVersion is not null,
        ["revision"] = endpoint.Revision,
    };

    public static EndpointChange ToChange(Entity entity) => new(
        entity.Int("revision")!.Value, entity.Time("changedAt")!.Value, Traffic(entity), entity.Text("rolloutId"), entity.Text("reason")!);

    private static TrafficShare[] Traffic(Entity entity)
    {
        string text = entity.Text("traffic")!;
        return TrafficText.TryRead(text) ?? WorkflowJson.Read<TrafficShare[]>(text)!;
    }
}
