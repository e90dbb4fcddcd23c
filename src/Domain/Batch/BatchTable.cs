using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Batch;

/// <summary>
/// Table <c>batches</c>: partition <c>b</c> holds <c>id-[id]</c> (the batch), <c>t-[newest first]-[id]</c> and, until its output is deleted,
/// <c>d-[soonest first]-[id]</c> (when that is due at the earliest), written together; partition <c>m-[model]</c> holds <c>[newest first]-[id]</c>, written after them. Table <c>batchParts</c>, partition id: a row for each partition
/// that is done. Rows are written before the workflow starts: a batch without instance and result is a start that did not happen.
/// </summary>
internal sealed class BatchTable(IEntityTable tables)
{
    private const string Batches = "batches";
    private const string Parts = "batchParts";
    private const string All = "b";
    private const string Due = "d-";
    private const int MostWrites = 100;

    /// <summary>Notes a batch; one of that id that is there already stays as it is.</summary>
    /// <returns>The one that stands.</returns>
    public async Task<BatchEntry> AddAsync(BatchEntry batch, CancellationToken cancellationToken)
    {
        Entity byTime = Index(All, "t-" + TimeRow(batch), batch);
        try
        {
            await tables.WriteAsync(Batches, [EntityWrite.Insert(Row(batch)), EntityWrite.Insert(byTime), EntityWrite.Insert(Index(All, DueRow(batch), batch))], cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "entity-exists")
        {
            batch = (await FindAsync(batch.Id, cancellationToken))!;
        }

        await tables.WriteAsync(Batches, EntityWrite.Upsert(Index(ModelPartition(batch.Model), TimeRow(batch), batch)), cancellationToken);
        return batch;
    }

    public async Task<BatchEntry?> FindAsync(string id, CancellationToken cancellationToken) =>
        await tables.FindAsync(Batches, KeyOf(id), cancellationToken) is { } row ? Read(row) : null;

    /// <exception cref="MlOpsException">NotFound <c>batch-missing</c>.</exception>
    public async Task<BatchEntry> GetAsync(string id, CancellationToken cancellationToken) =>
        await FindAsync(id, cancellationToken) ?? throw Missing(id);

    public static MlOpsException Missing(string id) =>
        MlOpsException.NotFound("batch-missing", $"there is no batch prediction '{id}'; list them to see their ids");

    /// <summary>Of one model, or of all when null, newest first.</summary>
    public async IAsyncEnumerable<BatchEntry> ListAsync(string? model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (string partition, string prefix) = model is null ? (All, "t-") : (ModelPartition(model), "");
        await foreach (Entity row in tables.ScanAsync(Batches, partition, new EntityRange(prefix), cancellationToken))
        {
            if (await FindAsync(row.Text("id")!, cancellationToken) is { } batch)
                yield return batch;
        }
    }

    /// <summary>Those whose output may have been kept long enough by then; nothing is read of all others.</summary>
    public async IAsyncEnumerable<BatchEntry> DueAsync(DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Batches, All, new EntityRange(From: Due, To: Due + SortKeys.SmallestFirst(now.UtcTicks)), cancellationToken))
        {
            if (await FindAsync(row.Text("id")!, cancellationToken) is { } batch)
                yield return batch;
        }
    }

    /// <summary>Its output is deleted.</summary>
    public Task ForgetDueAsync(BatchEntry batch, CancellationToken cancellationToken) => tables.WriteAsync(Batches, EntityWrite.Delete(new EntityKey(All, DueRow(batch))), cancellationToken);

    public async Task<BatchEntry> UpdateAsync(string id, Func<BatchEntry, BatchEntry> change, CancellationToken cancellationToken)
    {
        BatchEntry changed = null!;
        await tables.UpdateAsync(
            Batches, KeyOf(id),
            row =>
            {
                changed = change(Read(row ?? throw Missing(id)));
                return [EntityWrite.Replace(Row(changed), row.ETag!)];
            },
            cancellationToken);
        return changed;
    }

    public Task SetPartAsync(string id, int number, BatchPart part, CancellationToken cancellationToken) =>
        tables.WriteAsync(Parts, EntityWrite.Upsert(new Entity(id, PartRow(number)) { ["doc"] = WorkflowJson.Write(part) }), cancellationToken);

    public async Task<BatchPart?> FindPartAsync(string id, int number, CancellationToken cancellationToken) =>
        await tables.FindAsync(Parts, new EntityKey(id, PartRow(number)), cancellationToken) is { } row ? ReadPart(row) : null;

    /// <summary>The partitions that are done, in order, of those from <paramref name="first"/> on.</summary>
    public async Task<IReadOnlyList<BatchPart>> ListPartsAsync(string id, int first, int count, CancellationToken cancellationToken) =>
        await tables.ScanAsync(Parts, id, new EntityRange(From: PartRow(first), To: PartRow(first + count)), cancellationToken).Select(ReadPart).ToListAsync(cancellationToken);

    public async Task DeletePartsAsync(string id, CancellationToken cancellationToken)
    {
        List<EntityKey> rows = await tables.ScanAsync(Parts, id, EntityRange.All, cancellationToken).Select(r => r.Key).ToListAsync(cancellationToken);
        foreach (EntityKey[] some in rows.Chunk(MostWrites))
            await tables.WriteAsync(Parts, [.. some.Select(key => EntityWrite.Delete(key))], cancellationToken);
    }

    private static EntityKey KeyOf(string id) => new(All, "id-" + id);

    private static string ModelPartition(string model) => "m-" + model;

    private static string TimeRow(BatchEntry batch) => $"{SortKeys.NewestFirst(batch.At)}-{batch.Id}";

    /// <summary>It lasts from the start here; a result that came later makes it later.</summary>
    private static string DueRow(BatchEntry batch) => $"{Due}{SortKeys.SmallestFirst((batch with { Result = null }).KeptUntil.UtcTicks)}-{batch.Id}";

    private static string PartRow(int number) => SortKeys.SmallestFirst(number);

    private static Entity Index(string partition, string row, BatchEntry batch) => new(partition, row) { ["id"] = batch.Id };

    private static Entity Row(BatchEntry batch)
    {
        var row = new Entity(All, "id-" + batch.Id);
        row.SetLarge("doc", JsonSerializer.SerializeToUtf8Bytes(batch, WorkflowJson.Options));
        return row;
    }

    private static BatchEntry Read(Entity row) => JsonSerializer.Deserialize<BatchEntry>(row.Large("doc"), WorkflowJson.Options)!;

    private static BatchPart ReadPart(Entity row) => WorkflowJson.Read<BatchPart>(row.Text("doc")!)!;
}
