using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Registry;

/// <summary>
/// Table <c>models</c>, partition model name: <c>m</c> (header), <c>v-[largest first version]</c>, <c>r-[run id]</c> (its version: a run
/// is registered once), <c>e-[largest first revision]</c> (events). Every change replaces the header by ETag in the batch that
/// writes the rest, so versions have no gaps and no event is lost. Table <c>modelIndex</c>, partition <c>m</c>, row model name, is
/// written before the first header: a name without header is not listed.
/// </summary>
internal sealed class RegistryTable(IEntityTable tables)
{
    private const string Table = "models";
    private const string Index = "modelIndex";
    private const string IndexPartition = "m";

    public Task AddToIndexAsync(string model, CancellationToken cancellationToken) =>
        tables.WriteAsync(Index, EntityWrite.Upsert(new Entity(IndexPartition, model)), cancellationToken);

    public async IAsyncEnumerable<string> ListNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Index, IndexPartition, EntityRange.All, cancellationToken))
            yield return row.Key.Row;
    }

    public async Task<(ModelHeader Header, string ETag)?> FindHeaderAsync(string model, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(model, "m"), cancellationToken);
        return row is null ? null : (Read<ModelHeader>(row), row.ETag!);
    }

    public async Task<int?> FindVersionOfRunAsync(string model, string runId, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(model, RunRow(runId)), cancellationToken);
        return (int?)row?.Int("version");
    }

    public async Task<ModelVersion?> FindVersionAsync(string model, int version, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(model, VersionRow(version)), cancellationToken);
        return row is null ? null : Read<ModelVersion>(row);
    }

    public IAsyncEnumerable<ModelVersion> ListVersionsAsync(string model, CancellationToken cancellationToken) =>
        ScanAsync<ModelVersion>(model, "v-", cancellationToken);

    public IAsyncEnumerable<ModelEvent> ListEventsAsync(string model, CancellationToken cancellationToken) =>
        ScanAsync<ModelEvent>(model, "e-", cancellationToken);

    /// <summary>Writes the next header over the one read before (null: there was none), with whatever else changes, all or none.</summary>
    /// <returns>False if somebody else changed the model meanwhile.</returns>
    public async Task<bool> TryCommitAsync(ModelHeader header, string? etag, ModelVersion? version, IEnumerable<ModelEvent> events, CancellationToken cancellationToken)
    {
        Entity row = Row(header.Name, "m", header);
        List<EntityWrite> writes = [etag is null ? EntityWrite.Insert(row) : EntityWrite.Replace(row, etag)];
        if (version is not null)
            writes.AddRange(Inserts(version));
        writes.AddRange(events.Select(e => EntityWrite.Insert(Row(header.Name, EventRow(e.Revision), e))));
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

    private async IAsyncEnumerable<T> ScanAsync<T>(string model, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, model, new EntityRange(prefix), cancellationToken))
            yield return Read<T>(row);
    }

    private static EntityWrite[] Inserts(ModelVersion version) =>
    [
        EntityWrite.Insert(Row(version.Model, VersionRow(version.Version), version)),
        EntityWrite.Insert(new Entity(version.Model, RunRow(version.RunId)) { ["version"] = version.Version }),
    ];

    private static Entity Row<T>(string model, string rowKey, T value)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(value, WorkflowJson.Options);
        if (json.Length > LargeValues.MaxBytes)
            throw TooLarge(model, json.Length);
        var row = new Entity(model, rowKey);
        row.SetLarge("doc", json);
        return row;
    }

    private static MlOpsException TooLarge(string model, int bytes) => MlOpsException.TooLarge("model-version-too-large",
        $"the signature and metrics of a version of '{model}' take {bytes:N0} bytes, at most {LargeValues.MaxBytes:N0} are allowed: a category with very many levels is better hashed or dropped");

    private static T Read<T>(Entity row) => JsonSerializer.Deserialize<T>(row.Large("doc"), WorkflowJson.Options)!;

    private static string VersionRow(int version) => "v-" + SortKeys.LargestFirst(version);

    private static string RunRow(string runId) => "r-" + runId;

    private static string EventRow(long revision) => "e-" + (long.MaxValue - revision).ToString("D19", CultureInfo.InvariantCulture);
}
