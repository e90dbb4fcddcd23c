using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Serving;

/// <summary>
/// Decides which version answers a request. State is cached and read again when it is a second old; a request never acts on a state
/// older than 5 s while the store answers. While the store is away the last known state stays in force: serving goes on, and nobody
/// could have changed the traffic.
/// </summary>
public sealed class Router(EndpointStore endpoints, ExposureStats exposures, TimeProvider time, ILogger logger)
{
    /// <summary>Past this age a request has the state read again in the background.</summary>
    internal static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(1);

    /// <summary>Past this age a request waits for the reading.</summary>
    internal static readonly TimeSpan WaitAfter = TimeSpan.FromSeconds(3);

    /// <summary>So long a request waits at most; with <see cref="WaitAfter"/> this keeps the promise of 5 s.</summary>
    internal static readonly TimeSpan WaitAtMost = TimeSpan.FromSeconds(1.5);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The version for the request's unit: the one where the endpoint looks for it, else the one the caller names, else the request itself.</summary>
    /// <exception cref="MlOpsException">NotFound <c>endpoint-missing</c>.</exception>
    public async ValueTask<Route> RouteAsync(PredictionCall call, CancellationToken cancellationToken)
    {
        Endpoint endpoint = await StateAsync(call.Model, cancellationToken);
        if (endpoint.Traffic.Count < 2)
            return new(endpoint.StableVersion ?? throw EndpointStore.Missing(call.Model));
        string unit = UnitOf(call, endpoint.UnitSource);
        return new(endpoint.VersionFor(unit)!.Value, endpoint, unit);
    }

    /// <summary>The request has its answer and its record: only now did its unit meet the version. Shares counted any earlier could not show what got lost.</summary>
    public void Answered(Route route)
    {
        if (route is { Divided: { } endpoint, Unit: { } unit })
            exposures.Met(endpoint, unit, route.Version);
    }

    /// <summary>The endpoint's state as this router last saw it, or null when it never did. Reads nothing.</summary>
    public Endpoint? Known(string model) => _entries.TryGetValue(model, out Entry? entry) ? entry.Endpoint : null;

    private static string UnitOf(PredictionCall call, UnitSource? source) => source switch
    {
        null => call.Unit ?? call.RequestId,
        { Header: null, Path: null } => call.RequestId,
        _ => call.FindUnit?.Invoke(call.Request, source) ?? call.Unit ?? call.RequestId,
    };

    /// <summary>The endpoint's state as this router sees it.</summary>
    public ValueTask<Endpoint> StateAsync(string model, CancellationToken cancellationToken)
    {
        if (!_entries.TryGetValue(model, out Entry? entry))
            return new(LoadAsync(model, cancellationToken));
        TimeSpan age = time.GetElapsedTime(entry.ReadAt);
        if (age < RefreshAfter)
            return new(entry.Endpoint);
        Task refresh = entry.RefreshOnce(() => RefreshAsync(model, entry));
        return age < WaitAfter ? new(entry.Endpoint) : new(AfterAsync(refresh, model, entry, cancellationToken));
    }

    private async Task<Endpoint> LoadAsync(string model, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        Endpoint endpoint = await endpoints.GetAsync(model, cancellationToken);
        return Keep(model, new Entry(endpoint, started)).Endpoint;
    }

    private async Task RefreshAsync(string model, Entry old)
    {
        // The timestamp is of before the reading: what is read is at least as new as that.
        long started = time.GetTimestamp();
        try
        {
            using var limit = new CancellationTokenSource(WaitAtMost, time);
            if (await endpoints.FindAsync(model, limit.Token) is { } endpoint)
                Keep(model, new Entry(endpoint, started));
        }
        catch (Exception e)
        {
            logger.RouterKeepsState(model, old.Endpoint.Revision, e);
        }
        finally
        {
            old.AllowRefresh();
        }
    }

    private async Task<Endpoint> AfterAsync(Task refresh, string model, Entry old, CancellationToken cancellationToken)
    {
        try
        {
            await refresh.WaitAsync(WaitAtMost, time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            logger.RouterKeepsState(model, old.Endpoint.Revision, e);
        }

        return _entries[model].Endpoint;
    }

    private Entry Keep(string model, Entry read) =>
        _entries.AddOrUpdate(model, read, (_, known) => known.Endpoint.Revision > read.Endpoint.Revision ? known : read);

    private sealed class Entry(Endpoint endpoint, long readAt)
    {
        private readonly Lock _gate = new();
        private Task? _refresh;

        public Endpoint Endpoint => endpoint;

        public long ReadAt => readAt;

        public Task RefreshOnce(Func<Task> refresh)
        {
            lock (_gate)
                return _refresh ??= Task.Run(refresh);
        }

        public void AllowRefresh()
        {
            lock (_gate)
                _refresh = null;
        }
    }
}

/// <summary>Where a request goes.</summary>
/// <param name="Divided">The endpoint's state, where its traffic is divided and decided.</param>
/// <param name="Unit">The unit by which it did.</param>
public readonly record struct Route(int Version, Endpoint? Divided = null, string? Unit = null);
