using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Datasets;

/// <summary>
/// Table <c>datasets</c>, partition data set name: <c>m</c> (the latest version), <c>v-[largest first version]</c>,
/// <c>d-[digest]</c> (its version: the same bytes are added once). All three are written in one batch that replaces <c>m</c> by
/// ETag, so versions have no gaps. Table <c>datasetIndex</c>, partition <c>m</c>, row name, is written before the first batch: a
/// name without <c>m</c> is not listed.
/// </summary>
internal sealed class DatasetsTable(IEntityTable tables)
{
    private const string Table = "datasets";
    private const string Index = "datasetIndex";
    private const string IndexPartition = "m";
    private const string Header = "m";

    public Task AddToIndexAsync(string name, CancellationToken cancellationToken) =>
        tables.WriteAsync(Index, EntityWrite.Upsert(new Entity(IndexPartition, name)), cancellationToken);

    public async IAsyncEnumerable<string> ListNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Index, IndexPartition, EntityRange.All, cancellationToken))
            yield return row.Key.Row;
    }

    /// <summary>The latest version's number and the header's ETag; 0 and null when the data set has none.</summary>
    public async Task<(int Latest, string? ETag)> FindLatestAsync(string name, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(name, Header), cancellationToken);
        return ((int)(row?.Int("latest") ?? 0), row?.ETag);
    }

    public async Task<DatasetRow?> FindAsync(string name, int version, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(name, VersionRow(version)), cancellationToken);
        return row is null ? null : DatasetRow.From(row);
    }

    public async Task<DatasetRow?> FindByDigestAsync(string name, string digest, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(name, DigestRow(digest)), cancellationToken);
        return row is null ? null : await FindAsync(name, (int)row.Int("version")!, cancellationToken);
    }

    /// <summary>Newest first.</summary>
    public async IAsyncEnumerable<DatasetRow> ListAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, name, new EntityRange("v-"), cancellationToken))
            yield return DatasetRow.From(row);
    }

    /// <summary>Adds the version after the header that was read with <paramref name="etag"/> (null: there was none).</summary>
    /// <returns>False if somebody else added a version meanwhile.</returns>
    public async Task<bool> TryAddAsync(DatasetRow row, string? etag, CancellationToken cancellationToken)
    {
        DatasetVersion version = row.Version;
        var header = new Entity(version.Name, Header) { ["latest"] = version.Version };
        var digest = new Entity(version.Name, DigestRow(version.Digest)) { ["version"] = version.Version };
        EntityWrite[] writes =
        [
            etag is null ? EntityWrite.Insert(header) : EntityWrite.Replace(header, etag),
            EntityWrite.Insert(row.ToEntity(VersionRow(version.Version))),
            EntityWrite.Insert(digest),
        ];
        try
        {
            await tables.WriteAsync(Table, writes, cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-exists" or "entity-missing")
        {
            return false;
        }
    }

    private static string VersionRow(int version) => "v-" + SortKeys.LargestFirst(version);

    private static string DigestRow(string digest) => "d-" + digest;
}
