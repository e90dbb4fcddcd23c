using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Serving;

/// <summary>Decides which version answers a request, by the endpoint's state as this process follows it (<see cref="FollowedState{T}"/>).</summary>
public sealed class Router(EndpointStore endpoints, ExposureStats exposures, TimeProvider time, IIdSource ids, ILogger logger)
{
    private readonly RequestDraws _draws = new(ids);

    private readonly FollowedState<Endpoint> _endpoints = new(
        endpoints.FindAsync, endpoint => endpoint.Revision, (model, endpoint, e) => logger.RouterKeepsState(model, endpoint.Revision, e), time);

    private readonly ConcurrentDictionary<string, long> _missing = new(StringComparer.Ordinal);

    /// <summary>The version for the request's unit: the one where the endpoint looks for it, else the one the caller names, else the request itself, by a number that the server draws for it.</summary>
    /// <exception cref="MlOpsException">NotFound <c>endpoint-missing</c>.</exception>
    public ValueTask<Route> RouteAsync(PredictionCall call, CancellationToken cancellationToken)
    {
        ValueTask<Endpoint?> read = _endpoints.GetAsync(call.Model, cancellationToken);
        return read.IsCompletedSuccessfully ? new(RouteOf(call, read.Result)) : new(RouteAsync(call, read));
    }

    private async Task<Route> RouteAsync(PredictionCall call, ValueTask<Endpoint?> read) =>
        RouteOf(call, await read);

    /// <exception cref="MlOpsException">NotFound <c>endpoint-missing</c>.</exception>
    internal Route RouteOf(PredictionCall call, Endpoint? found)
    {
        Endpoint endpoint = found ?? throw EndpointStore.Missing(call.Model);
        bool isDivided = endpoint.Traffic.Count > 1;
        string? unit = isDivided ? UnitOf(call, endpoint.UnitSource) : UnitIfAny(call, endpoint.UnitSource);
        // One that is tried a second time keeps its number: drawn anew, it would avoid the versions that cannot answer at once.
        ulong draw = call.Arrival.Draw > 0 ? call.Arrival.Draw : _draws.Next();
        call.Arrival = new(draw, unit is null ? 0 : UnitCluster.Of(unit) + 1);
        if (!isDivided)
            return new(endpoint.StableVersion ?? throw EndpointStore.Missing(call.Model));
        return new((unit is null ? endpoint.VersionOf(draw) : endpoint.VersionFor(unit))!.Value, endpoint, unit, draw);
    }

    /// <summary>Notes that the caller named the version: its request is logged and counted apart from the traffic's.</summary>
    public void Named(PredictionCall call) => call.Arrival = new(_draws.Next(), IsNamed: true);

    /// <summary>
    /// The request has its answer, and its record where it is to have one, or it counts as failed or rejected: only now did its unit meet the
    /// version. Shares counted any earlier could not show what got lost.
    /// </summary>
    public void Met(Route route)
    {
        if (route.Divided is not { } endpoint)
            return;
        if (route.Unit is { } unit)
            exposures.Met(endpoint, unit, route.Version);
        else
            exposures.Met(endpoint, route.Draw, route.Version);
    }

    /// <summary>The endpoint's state where it was read so lately that a request need not have it read again; else null.</summary>
    internal Endpoint? Young(string model, long now) => _endpoints.Young(model, now);

    /// <summary>The endpoint's state as this router last saw it, or null when it never did. Reads nothing.</summary>
    public Endpoint? Known(string model) => _endpoints.Known(model);

    /// <summary>The endpoint's state as this router sees it.</summary>
    /// <exception cref="MlOpsException">NotFound <c>endpoint-missing</c>.</exception>
    public async ValueTask<Endpoint> StateAsync(string model, CancellationToken cancellationToken) =>
        await _endpoints.GetAsync(model, cancellationToken) ?? throw EndpointStore.Missing(model);

    /// <summary>
    /// As <see cref="StateAsync"/>, or null where there is no endpoint, or none that can be read: for what is asked of a version without an
    /// endpoint too. Looked for again when a second has passed: so long
    /// an endpoint that is new here has no limits for those who name a version.
    /// </summary>
    public async ValueTask<Endpoint?> FindAsync(string model, CancellationToken cancellationToken)
    {
        if (_missing.TryGetValue(model, out long lookedAt) && time.GetElapsedTime(lookedAt) < FollowedState<Endpoint>.RefreshAfter)
            return null;
        Endpoint? found = null;
        try
        {
            found = await _endpoints.GetAsync(model, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.EndpointUnread(model, e);
        }

        if (found is null)
            _missing[model] = time.GetTimestamp();
        return found;
    }

    /// <summary>Has the endpoint's state read again where it is old, and waits for it.</summary>
    internal async Task LookAsync(string model, CancellationToken cancellationToken) => await _endpoints.ReadAsync(model, cancellationToken);

    /// <summary>Where it decides nothing, a unit that cannot be read is none.</summary>
    private static string? UnitIfAny(PredictionCall call, UnitSource? source)
    {
        try
        {
            return UnitOf(call, source);
        }
        catch (MlOpsException)
        {
            return null;
        }
    }

    /// <summary>Null: the request is one by itself.</summary>
    private static string? UnitOf(PredictionCall call, UnitSource? source) => source switch
    {
        null => call.Unit,
        { Header: null, Path: null } => null,
        _ => call.FindUnit?.Invoke(call.Request, source) ?? call.Unit,
    };
}

/// <summary>Where a request goes.</summary>
/// <param name="Divided">The endpoint's state, where its traffic is divided and decided.</param>
/// <param name="Unit">The unit by which it did; null where the request is one by itself.</param>
/// <param name="Draw">The server's number of the request.</param>
public readonly record struct Route(int Version, Endpoint? Divided = null, string? Unit = null, ulong Draw = 0);
