using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Registry;

/// <summary>
/// Table <c>models</c>, partition of a model (<see cref="ModelNames"/>): <c>m</c> (header), <c>v-[largest first version]</c>, <c>r-[run id]</c> (its
/// version: a run is registered once), <c>e-[largest first revision]</c> (events). Every change replaces the header by ETag in the batch that
/// writes the rest, so no number is given twice and no event is lost. The name comes first: one without header is not listed.
/// </summary>
internal sealed class RegistryTable(IEntityTable tables)
{
    private const string Table = "models";
    private const string ChangeMark = "change";

    private static readonly JsonSerializerOptions Json = RegistryDocuments.NewOptions();

    private readonly VersionsOfRuns _runs = new(tables);

    public ModelNames Names { get; } = new(tables);

    public async Task<FoundModel?> FindAsync(string model, CancellationToken cancellationToken) =>
        await Names.FindAsync(model, cancellationToken) is { } partition ? await FindAsync(model, partition, cancellationToken) : null;

    public async IAsyncEnumerable<FoundModel> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach ((string name, string partition) in Names.ListAsync(cancellationToken))
        {
            if (await FindAsync(name, partition, cancellationToken) is { } found)
                yield return found;
        }
    }

    public async Task<int?> FindVersionOfRunAsync(FoundModel model, string runId, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(model.Partition, RunRow(runId)), cancellationToken);
        return (int?)row?.Int("version");
    }

    public async Task<ModelVersion?> FindVersionAsync(FoundModel model, int version, CancellationToken cancellationToken)
    {
        if (version < 1)
            return null;
        Entity? row = await tables.FindAsync(Table, new EntityKey(model.Partition, VersionRow(version)), cancellationToken);
        return row is null ? null : model.Header.Complete(Read<ModelVersion>(row));
    }

    /// <summary>Newest first.</summary>
    public async IAsyncEnumerable<ModelVersion> ListVersionsAsync(FoundModel model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ModelVersion version in ScanAsync<ModelVersion>(model, "v-", cancellationToken))
            yield return model.Header.Complete(version);
    }

    /// <summary>Those that were registered from a run, of all models.</summary>
    public async IAsyncEnumerable<(FoundModel Model, ModelVersion Version)> ListVersionsOfRunAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _runs.BuildAsync(AllAsync(cancellationToken), cancellationToken);
        await foreach ((string partition, string name, int number) in _runs.ListAsync(runId, cancellationToken))
        {
            if (await NameOfAsync(partition, name, cancellationToken) is { } now
                && await FindAsync(now, partition, cancellationToken) is { } model
                && await FindVersionAsync(model, number, cancellationToken) is { } version && version.RunId == runId)
                yield return (model, version);
        }
    }

    /// <summary>Newest first.</summary>
    public IAsyncEnumerable<ModelEvent> ListEventsAsync(FoundModel model, CancellationToken cancellationToken) => ScanAsync<ModelEvent>(model, "e-", cancellationToken);

    /// <summary>Writes what a change makes of the model as it was read, all or none.</summary>
    /// <param name="change">What its events are marked with, for <see cref="WasMadeAsync"/>; null for nothing.</param>
    /// <returns>False if somebody else changed the model meanwhile.</returns>
    public async Task<bool> TryCommitAsync(FoundModel before, ModelEdit edit, string? change, CancellationToken cancellationToken)
    {
        string partition = before.Partition;
        if (edit.Added is { } indexed)
            await _runs.AddAsync(partition, indexed, cancellationToken);
        Entity header = Row(partition, "m", edit.Header);
        List<EntityWrite> writes = [before.ETag is null ? EntityWrite.Insert(header) : EntityWrite.Replace(header, before.ETag)];
        if (edit.Added is { } added)
            writes.AddRange(Inserts(partition, added));
        writes.AddRange(edit.Changed.Select(v => EntityWrite.Replace(Row(partition, VersionRow(v.Version), v), "*")));
        if (edit.Removed is { } removed)
            writes.AddRange(Deletes(partition, removed));
        writes.AddRange(edit.Events.Select(e => EntityWrite.Insert(Marked(Row(partition, EventRow(e.Revision), e), change))));
        try
        {
            await tables.WriteAsync(Table, writes, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-exists" or "entity-missing")
        {
            return false;
        }

        if (edit.Removed is { } gone)
            await _runs.RemoveAsync(partition, gone, cancellationToken);
        return true;
    }

    /// <summary>Removes all rows of a model that has no name any more.</summary>
    public async Task PurgeAsync(string partition, CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, partition, new EntityRange("v-"), cancellationToken))
            await _runs.RemoveAsync(partition, Read<ModelVersion>(row), cancellationToken);
        await tables.RemoveAllAsync(Table, partition, cancellationToken);
    }

    /// <summary>Every version of every model that has a name.</summary>
    public async IAsyncEnumerable<(string Partition, ModelVersion Version)> AllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (FoundModel model in ListAsync(cancellationToken))
        {
            await foreach (ModelVersion version in ListVersionsAsync(model, cancellationToken))
                yield return (model.Partition, version);
        }
    }

    /// <summary>What the model of a partition is called now; null when it is deleted.</summary>
    private async Task<string?> NameOfAsync(string partition, string before, CancellationToken cancellationToken) => await Names.FindAsync(before, cancellationToken) == partition ? before
        : (await Names.ListAsync(cancellationToken).FirstOrDefaultAsync(n => n.Partition == partition, cancellationToken)).Name;

    private async Task<FoundModel?> FindAsync(string model, string partition, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(partition, "m"), cancellationToken);
        return row is null ? null : new FoundModel(partition, Read<ModelHeader>(row) with { Name = model }, row.ETag!);
    }

    private async IAsyncEnumerable<T> ScanAsync<T>(FoundModel model, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, model.Partition, new EntityRange(prefix), cancellationToken))
            yield return Read<T>(row);
    }

    /// <summary>Whether a change that was to be told of is there.</summary>
    public async Task<bool> WasMadeAsync(WebhookOrigin origin, CancellationToken cancellationToken) =>
        (await tables.FindAsync(Table, new EntityKey(origin.Partition, EventRow(origin.Revision)), cancellationToken))?.Text(ChangeMark) == origin.Change;

    private static Entity Marked(Entity row, string? change)
    {
        row[ChangeMark] = change;
        return row;
    }

    private static IEnumerable<EntityWrite> Inserts(string partition, ModelVersion version)
    {
        yield return EntityWrite.Insert(Row(partition, VersionRow(version.Version), version));
        // A client of MLflow may register a run as often as it likes.
        if (version.Source is null)
            yield return EntityWrite.Insert(new Entity(partition, RunRow(version.RunId)) { ["version"] = version.Version });
    }

    private static IEnumerable<EntityWrite> Deletes(string partition, ModelVersion version)
    {
        yield return EntityWrite.Delete(new EntityKey(partition, VersionRow(version.Version)));
        if (version.Source is null)
            yield return EntityWrite.Delete(new EntityKey(partition, RunRow(version.RunId)));
    }

    private static Entity Row<T>(string partition, string rowKey, T value)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(value, Json);
        if (json.Length > LargeValues.MaxBytes)
            throw value is ModelHeader header ? TooLarge(header, json.Length) : TooLarge(partition, json.Length);
        var row = new Entity(partition, rowKey);
        row.SetLarge("doc", json);
        return row;
    }

    private static MlOpsException TooLarge(ModelHeader model, int bytes) => MlOpsException.TooLarge("registered-model-too-large",
        $"the description, tags and aliases of registered model '{model.Name}' would take {bytes:N0} bytes, at most {LargeValues.MaxBytes:N0} are allowed: keep long texts as artifacts, and their address in a tag");

    private static MlOpsException TooLarge(string model, int bytes) => MlOpsException.TooLarge("model-version-too-large",
        $"the signature, metrics and tags of a version of '{model}' take {bytes:N0} bytes, at most {LargeValues.MaxBytes:N0} are allowed: keep long texts as artifacts; a category with very many levels is better hashed or dropped");

    private static T Read<T>(Entity row) => JsonSerializer.Deserialize<T>(row.Large("doc"), Json)!;

    private static string VersionRow(int version) => "v-" + SortKeys.LargestFirst(version);

    private static string RunRow(string runId) => "r-" + runId;

    private static string EventRow(long revision) => "e-" + (long.MaxValue - revision).ToString("D19", CultureInfo.InvariantCulture);
}

/// <summary>A model as it was read.</summary>
/// <param name="ETag">Null: its header is not written yet.</param>
internal sealed record FoundModel(string Partition, ModelHeader Header, string? ETag);
