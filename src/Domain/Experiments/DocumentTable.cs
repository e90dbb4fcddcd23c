using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Documents of experiments that are found by an id of their own, too. Table: partition experiment id, row <c>[newest first]-[id]</c>.
/// Table <c>[table]Index</c>: partition two digits of the id's hash, row id, holds that key. The index row is written first, as a claim: it
/// fixes the key for every repetition.
/// </summary>
/// <param name="what">What a document is, for messages: <c>logged model</c>; and, with dashes, for codes.</param>
internal sealed class DocumentTable<T>(IEntityTable tables, string table, string what)
    where T : class
{
    // Only whole processes and parallel clients of one document meet here.
    private const int Attempts = 100;
    private const int MaxIdChars = 200;

    private readonly string _index = table + "Index";

    /// <summary>Writes what <paramref name="change"/> makes of the document of that id (null when it is new); null leaves it. Returns what is stored.</summary>
    /// <exception cref="MlOpsException">Invalid <c>[what]-id</c>; Conflict <c>[what]-exists</c>: the id is one of another experiment.</exception>
    public async Task<T> PutAsync(string experimentId, string id, DateTimeOffset at, Func<T?, T?> change, CancellationToken cancellationToken)
    {
        if (!IsId(id))
            throw MlOpsException.Invalid(Code("id"), $"the {what} id '{TrackingLimits.Shown(id)}' is not allowed: 1 to {MaxIdChars} letters, digits and _ . : ~ -");
        Entity claim = Claim(experimentId, id, at);
        if (!await tables.TryInsertAsync(_index, claim, cancellationToken))
            claim = (await tables.FindAsync(_index, claim.Key, cancellationToken)) ?? claim;
        EntityKey key = KeyOf(claim);
        if (key.Partition != experimentId)
            throw MlOpsException.Conflict(Code("exists"), $"the {what} '{id}' belongs to experiment {key.Partition}: take another id");
        return await ChangeAsync(key, id, change, cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>[what]-missing</c>.</exception>
    public async Task<T> UpdateAsync(string id, Func<T, T?> change, CancellationToken cancellationToken)
    {
        EntityKey key = await FindKeyAsync(id, cancellationToken) ?? throw Missing(id);
        return await ChangeAsync(key, id, current => change(current ?? throw Missing(id)), cancellationToken);
    }

    public async Task<T?> FindAsync(string id, CancellationToken cancellationToken) =>
        await FindKeyAsync(id, cancellationToken) is { } key && await tables.FindAsync(table, key, cancellationToken) is { } row ? Read(row) : null;

    /// <summary>All of an experiment, newest first.</summary>
    public async IAsyncEnumerable<T> ListAsync(string experimentId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(table, experimentId, EntityRange.All, cancellationToken))
            yield return Read(row);
    }

    /// <summary>Removes it for good; false when there was none. The document first: an index row that points to nothing is no document.</summary>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancellationToken)
    {
        if (await FindKeyAsync(id, cancellationToken) is not { } key)
            return false;
        bool deleted = await TryDeleteAsync(table, key, cancellationToken);
        await TryDeleteAsync(_index, IndexKey(id), cancellationToken);
        return deleted;
    }

    public MlOpsException Missing(string id) => MlOpsException.NotFound(Code("missing"), $"there is no {what} '{TrackingLimits.Shown(id)}'");

    private async Task<T> ChangeAsync(EntityKey key, string id, Func<T?, T?> change, CancellationToken cancellationToken)
    {
        T? stored = null;
        await tables.UpdateAsync(table, key, row =>
        {
            T? current = row is null ? null : Read(row);
            stored = change(current) ?? current;
            if (ReferenceEquals(stored, current))
                return [];
            Entity after = Row(key, id, stored!);
            return [row is null ? EntityWrite.Insert(after) : EntityWrite.Replace(after, row.ETag!)];
        }, cancellationToken, Attempts);
        return stored ?? throw Missing(id);
    }

    private async Task<EntityKey?> FindKeyAsync(string id, CancellationToken cancellationToken) =>
        IsId(id) && await tables.FindAsync(_index, IndexKey(id), cancellationToken) is { } claim ? KeyOf(claim) : null;

    private async Task<bool> TryDeleteAsync(string from, EntityKey key, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(from, EntityWrite.Delete(key), cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code == "entity-missing")
        {
            return false;
        }
    }

    private Entity Row(EntityKey key, string id, T document)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(document, WorkflowJson.Options);
        if (json.Length > LargeValues.MaxBytes)
            throw MlOpsException.TooLarge(Code("too-large"), $"{what} '{id}' would take {json.Length:N0} bytes, at most {LargeValues.MaxBytes:N0} are allowed: put long texts into an artifact");
        var row = new Entity(key.Partition, key.Row);
        row.SetLarge("doc", json);
        return row;
    }

    private static T Read(Entity row) => JsonSerializer.Deserialize<T>(row.Large("doc"), WorkflowJson.Options)!;

    private string Code(string ending) => $"{what.Replace(' ', '-')}-{ending}";

    private static bool IsId(string id) => id.Length is > 0 and <= MaxIdChars && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '~' or '-');

    private static Entity Claim(string experimentId, string id, DateTimeOffset at) => new(IndexKey(id).Partition, id) { ["experiment"] = experimentId, ["at"] = at };

    private static EntityKey KeyOf(Entity claim) => new(claim.Text("experiment")!, $"{SortKeys.NewestFirst(claim.Time("at")!.Value)}-{claim.Key.Row}");

    private static EntityKey IndexKey(string id) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 1)), id);
}
