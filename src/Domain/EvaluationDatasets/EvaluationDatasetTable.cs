using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.EvaluationDatasets;

/// <summary>
/// Table <c>evaluationDatasets</c>, partition <c>d</c>: <c>s/[id]</c> a data set; <c>r/[id]/[record id]</c> its records, which lie in the
/// order in which they came; <c>i/[id]/[hash of inputs]</c> the id of the record of these inputs. One partition, so that each batch of
/// records holds what the data set says of them.
/// </summary>
internal sealed class EvaluationDatasetTable(IEntityTable tables)
{
    public const string Name = "evaluationDatasets";

    /// <summary>What a data set, or a record, may take as JSON.</summary>
    public const int MaxBytes = LargeValues.MaxBytes;

    /// <summary>Rows read at once: at most so many of the largest are in memory.</summary>
    private const int ScanRows = 64;

    /// <summary>Of records that a page takes; it ends early, but not empty, before it takes more.</summary>
    private const int PageBytes = 16 << 20;

    private const string Partition = "d";
    private const string Document = "doc";
    private const string Hash = "inputs";
    private const string Record = "record";

    /// <exception cref="MlOpsException">NotFound <c>evaluation-data-set-missing</c>, also of one that is being removed.</exception>
    public async Task<StoredDataset> GetAsync(string id, CancellationToken cancellationToken) =>
        await FindAsync(id, cancellationToken) is { Value.DeletedAt: null } found ? found : throw Missing(id);

    /// <summary>Also one that is being removed; null for none.</summary>
    public async Task<StoredDataset?> FindAsync(string id, CancellationToken cancellationToken) =>
        await tables.FindAsync(Name, DatasetKey(id), cancellationToken) is { } row ? ReadDataset(row) : null;

    public IAsyncEnumerable<StoredDataset> ListAsync(CancellationToken cancellationToken) =>
        tables.ScanAsync(Name, Partition, new EntityRange(Prefix: "s/", Limit: ScanRows), cancellationToken).Select(ReadDataset);

    /// <returns>False when somebody was faster.</returns>
    public async Task<bool> TryWriteAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(Name, writes, cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-exists" or "entity-missing")
        {
            return false;
        }
    }

    /// <exception cref="MlOpsException">TooLarge <c>evaluation-data-set-too-large</c>.</exception>
    public static EntityWrite Write(EvaluationDataset dataset, StoredDataset? before)
    {
        var row = new Entity(Partition, DatasetKey(dataset.Id).Row);
        row.SetLarge(Document, Bytes(dataset, "evaluation-data-set-too-large", $"evaluation data set '{dataset.Id}'"));
        return before is null ? EntityWrite.Insert(row) : EntityWrite.Replace(row, before.ETag);
    }

    public static EntityWrite Delete(StoredDataset dataset) => EntityWrite.Delete(DatasetKey(dataset.Value.Id), dataset.ETag);

    /// <summary>A record, and the row by which its inputs are found: the data set's row is written in the same batch, so that none else has changed them.</summary>
    /// <exception cref="MlOpsException">TooLarge <c>evaluation-record-too-large</c>.</exception>
    public static IReadOnlyList<EntityWrite> Write(string id, string hash, EvaluationRecord record, bool isNew)
    {
        var row = new Entity(Partition, RecordKey(id, record.Id).Row) { [Hash] = hash };
        row.SetLarge(Document, Bytes(record, "evaluation-record-too-large", "a record"));
        return isNew ? [EntityWrite.Upsert(row), EntityWrite.Upsert(new Entity(Partition, IndexKey(id, hash).Row) { [Record] = record.Id })] : [EntityWrite.Upsert(row)];
    }

    /// <summary>As of <see cref="Write(string, string, EvaluationRecord, bool)"/>.</summary>
    public static IReadOnlyList<EntityWrite> Delete(string id, StoredRecord record) =>
        [EntityWrite.Delete(RecordKey(id, record.Value.Id)), EntityWrite.Delete(IndexKey(id, record.Hash))];

    /// <summary>The record of these inputs; null for none.</summary>
    public async Task<EvaluationRecord?> FindByInputsAsync(string id, string hash, CancellationToken cancellationToken) =>
        await tables.FindAsync(Name, IndexKey(id, hash), cancellationToken) is { } index ? (await FindRecordAsync(id, index.Text(Record)!, cancellationToken))?.Value : null;

    public async Task<StoredRecord?> FindRecordAsync(string id, string recordId, CancellationToken cancellationToken) =>
        await tables.FindAsync(Name, RecordKey(id, recordId), cancellationToken) is { } row ? ReadRecord(row) : null;

    /// <exception cref="MlOpsException">Invalid <c>continuation-invalid</c>.</exception>
    public async Task<RecordPage> PageAsync(string id, int limit, string? continuation, CancellationToken cancellationToken)
    {
        var records = new List<EvaluationRecord>();
        long bytes = 0;
        do
        {
            var range = new EntityRange(Prefix: $"r/{id}/", Limit: Math.Min(ScanRows, limit - records.Count), Continuation: continuation);
            EntityPage page = await tables.QueryAsync(Name, Partition, range, cancellationToken);
            records.AddRange(page.Entities.Select(row => ReadRecord(row).Value));
            bytes += page.Entities.Sum(EntitySize.Of);
            continuation = page.Continuation;
        }
        while (continuation is not null && records.Count < limit && bytes < PageBytes);
        return new RecordPage(records, continuation);
    }

    /// <summary>Removes the records of a data set that is being removed, so that no more come.</summary>
    public async Task RemoveRecordsAsync(string id, CancellationToken cancellationToken)
    {
        foreach (string prefix in (string[])[$"r/{id}/", $"i/{id}/"])
        {
            EntityPage page;
            do
            {
                page = await tables.QueryAsync(Name, Partition, new EntityRange(Prefix: prefix, Limit: EntityLimits.BatchEntities), cancellationToken);
                // Who removes the same at the same time takes some of them first.
                if (page.Entities.Count > 0 && !await TryWriteAsync([.. page.Entities.Select(row => EntityWrite.Delete(row.Key))], cancellationToken))
                    await Task.WhenAll(page.Entities.Select(row => tables.RemoveAsync(Name, row.Key, cancellationToken)));
            }
            while (page.Continuation is not null);
        }
    }

    public static MlOpsException Missing(string id) => MlOpsException.NotFound("evaluation-data-set-missing", $"there is no evaluation data set '{(id.Length <= 80 ? id : id[..77] + "...")}'");

    private static StoredDataset ReadDataset(Entity row) => new(Read<EvaluationDataset>(row), row.ETag!);

    private static StoredRecord ReadRecord(Entity row) => new(Read<EvaluationRecord>(row), row.Text(Hash)!);

    private static T Read<T>(Entity row) => JsonSerializer.Deserialize<T>(row.Large(Document), WorkflowJson.Options)!;

    private static byte[] Bytes<T>(T document, string code, string what)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(document, WorkflowJson.Options);
        return json.Length <= MaxBytes ? json : throw MlOpsException.TooLarge(code, $"{what} would take {json.Length:N0} bytes, at most {MaxBytes:N0} are allowed: keep long texts elsewhere, and say where");
    }

    private static EntityKey DatasetKey(string id) => new(Partition, $"s/{id}");

    private static EntityKey RecordKey(string id, string recordId) => new(Partition, $"r/{id}/{recordId}");

    private static EntityKey IndexKey(string id, string hash) => new(Partition, $"i/{id}/{hash}");
}

/// <summary>A data set as it was read.</summary>
/// <param name="ETag">Changes with each write of it or of its records.</param>
internal sealed record StoredDataset(EvaluationDataset Value, string ETag);

/// <param name="Hash">Of its inputs.</param>
internal sealed record StoredRecord(EvaluationRecord Value, string Hash);
