using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>
/// Who removes now: one at a time in all processes, so that nobody removes what another gave back, or what was begun anew behind the
/// other's back. Table <c>purges</c>, partition <c>l</c>: until when it is taken. What a crash left is free again then.
/// </summary>
public sealed class PurgeLease : IAsyncDisposable
{
    /// <summary>Longer than the longest step between two renewals.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);

    /// <summary>Before so long there is nothing to renew.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private static readonly EntityKey Key = new("l", "lease");

    private readonly IEntityTable _tables;
    private readonly TimeProvider _time;
    private string _etag;
    private DateTimeOffset _renewedAt;

    private PurgeLease(IEntityTable tables, TimeProvider time, string etag) => (_tables, _time, _etag, _renewedAt) = (tables, time, etag, time.GetUtcNow());

    /// <exception cref="MlOpsException">Conflict <c>gc-busy</c>: another has it.</exception>
    internal static async Task<PurgeLease> TakeAsync(IEntityTable tables, TimeProvider time, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(PurgeTable.Table, Key, cancellationToken);
        if (row?.Time("until") is { } until && until > time.GetUtcNow())
            throw Busy(until);
        Entity taken = Row(time);
        try
        {
            return new(tables, time, await tables.WriteAsync(PurgeTable.Table, row is null ? EntityWrite.Insert(taken) : EntityWrite.Replace(taken, row.ETag!), cancellationToken));
        }
        catch (MlOpsException e) when (e.Code is "entity-exists" or "entity-changed" or "entity-missing")
        {
            throw Busy(taken.Time("until")!.Value);
        }
    }

    /// <summary>Keeps it for as long again.</summary>
    /// <exception cref="MlOpsException">Conflict <c>gc-busy</c>: it was lost, since nothing was heard for too long.</exception>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (now - _renewedAt < Fresh)
            return;
        try
        {
            _etag = await _tables.WriteAsync(PurgeTable.Table, EntityWrite.Replace(Row(_time), _etag), cancellationToken);
            _renewedAt = now;
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-missing")
        {
            throw Busy(_time.GetUtcNow() + Length);
        }
    }

    /// <summary>Gives it back, also where the work was cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _tables.WriteAsync(PurgeTable.Table, EntityWrite.Delete(Key, _etag), CancellationToken.None);
        }
        catch (MlOpsException)
        {
            // Another has it, or the store does not answer: it ends by itself.
        }
    }

    private static Entity Row(TimeProvider time) => new(Key.Partition, Key.Row) { ["until"] = time.GetUtcNow() + Length };

    private static MlOpsException Busy(DateTimeOffset until) =>
        MlOpsException.Conflict("gc-busy", $"another garbage collection is at work, until {until:u} at the latest: wait for it, or try again then");
}
