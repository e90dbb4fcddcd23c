using MlOps.Domain.Serving;

namespace MlOps.Domain.Rollout.Steps;

/// <summary>
/// Which rollout owns the traffic stands in the endpoint's row: every step of a rollout first makes sure that it still does, and ends
/// quietly when a newer rollout took over or somebody ended this one.
/// </summary>
internal sealed class RolloutOwnership(RolloutTable table, EndpointStore endpoints, TimeProvider time)
{
    /// <summary>The rollout, and how it ended if it did; null where there is none.</summary>
    public async Task<(RolloutStatus? Own, RolloutEnd? End)> StandingAsync(string model, string id, CancellationToken cancellationToken)
    {
        RolloutStatus? own = await table.FindAsync(model, id, cancellationToken);
        if (own is null)
            return (null, null);
        if (!own.IsOpen)
            return (own, new RolloutEnd(own.State, own.Reason));
        Endpoint? endpoint = await endpoints.FindAsync(model, cancellationToken);
        return endpoint?.RolloutId == id ? (own, null) : (own, await SupersededAsync(model, id, cancellationToken));
    }

    /// <summary>Changes the traffic as its owner; null when another rollout owns it.</summary>
    public async Task<Endpoint?> TryApplyAsync(string model, TrafficChange change, CancellationToken cancellationToken)
    {
        try
        {
            Endpoint endpoint = await endpoints.ApplyAsync(model, change, cancellationToken);
            return endpoint.RolloutId == change.RolloutId ? endpoint : null;
        }
        catch (MlOpsException e) when (e.Code == "endpoint-taken")
        {
            return null;
        }
    }

    public async Task<RolloutEnd> SupersededAsync(string model, string id, CancellationToken cancellationToken)
    {
        await table.ChangeAsync(model, id, r => Ended(r, RolloutState.Superseded, "a newer rollout took over"), cancellationToken);
        RolloutStatus? own = await table.FindAsync(model, id, cancellationToken);
        return new RolloutEnd(own?.State ?? RolloutState.Superseded, own?.Reason ?? "a newer rollout took over");
    }

    public RolloutStatus Ended(RolloutStatus status, RolloutState state, string reason) => status with { State = state, Reason = reason, UpdatedAt = time.GetUtcNow() };

    /// <summary>Who moves aliases, for their history.</summary>
    public static string By(string id) => $"rollout {id}";
}
