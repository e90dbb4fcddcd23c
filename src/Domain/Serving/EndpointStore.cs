using System.Runtime.CompilerServices;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving;

/// <summary>
/// The stored state of every endpoint. One endpoint a registered model; every change is atomic. A change of traffic has a revision and a row of the history; of the settings only
/// the last change is known, with who made it and when.
/// </summary>
public sealed class EndpointStore(IEntityTable tables, TimeProvider time)
{
    private const int Attempts = 16;

    public async Task<Endpoint?> FindAsync(string model, CancellationToken cancellationToken) =>
        await tables.FindAsync(EndpointTable.Name, EndpointTable.Current(model), cancellationToken) is { } row ? EndpointTable.ToEndpoint(row) : null;

    /// <exception cref="MlOpsException">NotFound <c>endpoint-missing</c>.</exception>
    public async Task<Endpoint> GetAsync(string model, CancellationToken cancellationToken) =>
        await FindAsync(model, cancellationToken) ?? throw Missing(model);

    /// <summary>Every endpoint, by name.</summary>
    public async IAsyncEnumerable<Endpoint> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(EndpointTable.Index, EndpointTable.IndexPartition, EntityRange.All, cancellationToken))
        {
            if (await FindAsync(row.Key.Row, cancellationToken) is { } endpoint)
                yield return endpoint;
        }
    }

    /// <summary>Names of the models whose endpoints have a stable version, in ordinal order: one scan.</summary>
    public async IAsyncEnumerable<string> ListServedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(EndpointTable.Index, EndpointTable.IndexPartition, EntityRange.All, cancellationToken))
        {
            // Endpoints of older releases, whose traffic has not changed since, do not say it there.
            if (row.Flag("served") ?? (await FindAsync(row.Key.Row, cancellationToken))?.StableVersion is not null)
                yield return row.Key.Row;
        }
    }

    /// <summary>All states of an endpoint, newest first.</summary>
    public async IAsyncEnumerable<EndpointChange> HistoryAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var range = new EntityRange(Prefix: EndpointTable.HistoryPrefix);
        await foreach (Entity row in tables.ScanAsync(EndpointTable.Name, model, range, cancellationToken))
            yield return EndpointTable.ToChange(row);
    }

    /// <summary>Changes the traffic and returns the state that is in force afterwards. Routers of all processes follow within 5 s.</summary>
    /// <exception cref="MlOpsException">Invalid <c>traffic-invalid</c>; Conflict <c>endpoint-changed</c>, <c>endpoint-taken</c>.</exception>
    public async Task<Endpoint> ApplyAsync(string model, TrafficChange change, CancellationToken cancellationToken)
    {
        TrafficSplit.Check(model, change.Traffic);
        await tables.WriteAsync(EndpointTable.Index, EntityWrite.UpsertMerge(new Entity(EndpointTable.IndexPartition, model)), cancellationToken);
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await TryApplyAsync(model, change, cancellationToken) is not { } endpoint)
                continue;
            await TellIndexAsync(endpoint, cancellationToken);
            return endpoint;
        }

        throw ChangedByOthers(model);
    }

    /// <summary>A change that is repeated, as after a crash, says it again; of two changes the later one stays.</summary>
    private async Task TellIndexAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            Entity? row = await tables.FindAsync(EndpointTable.Index, new EntityKey(EndpointTable.IndexPartition, endpoint.Model), cancellationToken);
            if (row is null || row.Int("revision") >= endpoint.Revision)
                return;
            try
            {
                await tables.WriteAsync(EndpointTable.Index, EntityWrite.Replace(EndpointTable.ToIndex(endpoint), row.ETag!), cancellationToken);
                return;
            }
            catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-missing")
            {
            }
        }
    }

    /// <summary>Sets how an endpoint takes requests. Its traffic, and so its revision, stay as they are.</summary>
    /// <exception cref="MlOpsException">NotFound <c>endpoint-missing</c>; Invalid <c>endpoint-settings</c>; Conflict <c>endpoint-changed</c>.</exception>
    public async Task<Endpoint> ConfigureAsync(string model, EndpointSettings settings, string by, CancellationToken cancellationToken)
    {
        settings.Check();
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            Entity row = await tables.FindAsync(EndpointTable.Name, EndpointTable.Current(model), cancellationToken) ?? throw Missing(model);
            Endpoint next = EndpointTable.ToEndpoint(row) with { Settings = settings with { ChangedBy = by, ChangedAt = time.GetUtcNow() } };
            try
            {
                await tables.WriteAsync(EndpointTable.Name, EntityWrite.Replace(EndpointTable.ToEntity(next), row.ETag!), cancellationToken);
                return next;
            }
            catch (MlOpsException e) when (e.Code == "entity-changed")
            {
            }
        }

        throw ChangedByOthers(model);
    }

    private async Task<Endpoint?> TryApplyAsync(string model, TrafficChange change, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(EndpointTable.Name, EndpointTable.Current(model), cancellationToken);
        Endpoint? current = row is null ? null : EndpointTable.ToEndpoint(row);
        if (current is not null && change.Key is { } key && await tables.FindAsync(EndpointTable.Name, EndpointTable.Key(model, key), cancellationToken) is not null)
            return current;
        Check(model, current, change);
        Endpoint next = Next(model, current, change);
        try
        {
            await tables.WriteAsync(EndpointTable.Name, Writes(next, change, row?.ETag), cancellationToken);
            return next;
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-exists" or "entity-missing")
        {
            return null;
        }
    }

    private static void Check(string model, Endpoint? current, TrafficChange change)
    {
        long revision = current?.Revision ?? 0;
        if (change.ExpectedRevision is { } expected && expected != revision)
            throw MlOpsException.Conflict("endpoint-changed", $"endpoint '{model}' is at revision {revision}, expected {expected}: its traffic was changed meanwhile; read it again and retry");
        if (change.RequiredRollout is { } owner && owner != current?.RolloutId)
            throw MlOpsException.Conflict("endpoint-taken", $"traffic of '{model}' belongs to rollout '{current?.RolloutId}', not to '{owner}': a newer rollout took over");
    }

    private Endpoint Next(string model, Endpoint? current, TrafficChange change) => new(
        model,
        [.. change.Traffic],
        change.RolloutId ?? current?.Salt ?? model,
        (current?.Revision ?? 0) + 1,
        change.RolloutId ?? current?.RolloutId,
        time.GetUtcNow(),
        change.Shadow,
        change.Unit == UnitSource.Caller ? null : change.Unit ?? current?.Unit,
        current?.Settings,
        change.Continues && current is not null && current.Salt == (change.RolloutId ?? current.Salt) ? current.CountedSince : null);

    private static List<EntityWrite> Writes(Endpoint next, TrafficChange change, string? etag)
    {
        Entity state = EndpointTable.ToEntity(next);
        List<EntityWrite> writes =
        [
            etag is null ? EntityWrite.Insert(state) : EntityWrite.Replace(state, etag),
            EntityWrite.Insert(EndpointTable.ToHistory(next, change.Reason)),
        ];
        if (change.Key is { } key)
            writes.Add(EntityWrite.Insert(new Entity(next.Model, EndpointTable.Key(next.Model, key).Row) { ["revision"] = next.Revision }));
        return writes;
    }

    private static MlOpsException ChangedByOthers(string model) =>
        MlOpsException.Conflict("endpoint-changed", $"the endpoint of '{model}' was changed by others {Attempts} times while this change was made; read it again and retry");

    public static MlOpsException Missing(string model) => MlOpsException.NotFound(
        "endpoint-missing",
        $"model '{model}' has no endpoint: no version of it has been rolled out; roll one out (mlops rollout start {model} VERSION) or ask for a version ({model}/1)");
}
