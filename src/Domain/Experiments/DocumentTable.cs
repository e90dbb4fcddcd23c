using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Documents of experiments that are found by an id of their own, too. Table: partition experiment id, row <c>[newest first]-[id]</c>.
/// Table <c>[table]Index</c>: partition two digits of the id's hash, row id, holds that key. The document is written first, then its index
/// row, which fixes the key for every repetition; who inserts a document writes the index row anew even if it is there, so that who deletes
/// the document before it, and holds the older index row, lets the newer one stand.
/// </summary>
/// <param name="what">What a document is, for messages: <c>logged model</c>; and, with dashes, for codes.</param>
internal sealed class DocumentTable<T>(IEntityTable tables, string table, string what)
    where T : class
{
    // Only whole processes and parallel clients of one document meet here.
    private const int Attempts = 100;

    /// <summary>Documents read at once: at most so many of the largest are in memory.</summary>
    private const int ScanRows = 64;

    private readonly string _index = table + "Index";

    /// <summary>Writes what <paramref name="change"/> makes of the document of that id (null when it is new); null leaves it. Returns what is stored.</summary>
    /// <exception cref="MlOpsException">Invalid <c>[what]-id</c>; Conflict <c>[what]-exists</c>: the id is one of another experiment; TooLarge <c>[what]-too-large</c>.</exception>
    public async Task<T> PutAsync(string experimentId, string id, DateTimeOffset at, Func<T?, T?> change, CancellationToken cancellationToken)
    {
        CheckId(id);
        var wanted = new EntityKey(experimentId, RowOf(at, id));
        EntityKey? made = null;
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            Entity? claim = await FindClaimAsync(id, cancellationToken);
            EntityKey key = await IsElsewhereAsync(claim, wanted, cancellationToken) ? KeyOf(claim!) : wanted;
            if (made is { } lost && lost != key)
            {
                // Somebody else stored the id with another start meanwhile, and was first.
                await TryDeleteAsync(table, EntityWrite.Delete(lost), cancellationToken);
                made = null;
            }

            if (key.Partition != experimentId)
                throw MlOpsException.Conflict(Code("exists"), $"the {what} '{id}' belongs to experiment {key.Partition}: take another id");
            (T stored, bool isNew) = await ChangeAsync(key, id, change, cancellationToken);
            made = isNew ? key : made;
            if ((made is null && claim is not null && KeyOf(claim) == key) || await TryClaimAsync(id, key, claim, cancellationToken))
                return stored;
        }

        throw MlOpsException.Conflict("entity-changed", $"{what} '{id}' is written and deleted over and over by others: try again");
    }

    /// <exception cref="MlOpsException">NotFound <c>[what]-missing</c>; TooLarge <c>[what]-too-large</c>.</exception>
    public async Task<T> UpdateAsync(string id, Func<T, T?> change, CancellationToken cancellationToken)
    {
        EntityKey key = await FindKeyAsync(id, cancellationToken) ?? throw Missing(id);
        return (await ChangeAsync(key, id, current => change(current ?? throw Missing(id)), cancellationToken)).Stored;
    }

    public async Task<T?> FindAsync(string id, CancellationToken cancellationToken) => (await FindRowAsync(id, cancellationToken))?.Value;

    public async Task<DocumentRow<T>?> FindRowAsync(string id, CancellationToken cancellationToken) =>
        await FindKeyAsync(id, cancellationToken) is { } key ? await FindRowAsync(key, cancellationToken) : null;

    public async Task<DocumentRow<T>?> FindRowAsync(EntityKey key, CancellationToken cancellationToken) =>
        await tables.FindAsync(table, key, cancellationToken) is { } row ? Read(row) : null;

    /// <summary>All of an experiment, newest first.</summary>
    /// <param name="from">Only those of that time, in ticks, and older; null for all.</param>
    public async IAsyncEnumerable<DocumentRow<T>> ListAsync(string experimentId, long? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? first = from is { } ticks ? (DateTime.MaxValue.Ticks - ticks).ToString("D19", CultureInfo.InvariantCulture) : null;
        await foreach (Entity row in tables.ScanAsync(table, experimentId, new EntityRange(From: first, Limit: ScanRows), cancellationToken))
            yield return Read(row);
    }

    /// <summary>Removes it for good; false when there was none. Its key is where it was found: a document without index row can be removed, too.</summary>
    public Task<bool> DeleteAsync(EntityKey key, CancellationToken cancellationToken) => DeleteAsync(EntityWrite.Delete(key), cancellationToken);

    /// <summary>As it was read; false when it was changed since, or there is none.</summary>
    public Task<bool> DeleteAsync(DocumentRow<T> row, CancellationToken cancellationToken) => DeleteAsync(EntityWrite.Delete(row.Key, row.ETag), cancellationToken);

    private async Task<bool> DeleteAsync(EntityWrite delete, CancellationToken cancellationToken)
    {
        EntityKey key = delete.Entity.Key;
        // Before the document: an index row that is written anew afterwards is that of a newer document.
        Entity? claim = await FindClaimAsync(DocumentRow<T>.IdOf(key), cancellationToken);
        bool deleted = await TryDeleteAsync(table, delete, cancellationToken);
        // One that was changed since is still there.
        if ((deleted || delete.IfMatch == "*") && claim is not null && KeyOf(claim) == key)
            await TryDeleteAsync(_index, EntityWrite.Delete(claim.Key, claim.ETag!), cancellationToken);
        return deleted;
    }

    public MlOpsException Missing(string id) => MlOpsException.NotFound(Code("missing"), $"there is no {what} '{TrackingLimits.Shown(id)}'");

    private async Task<(T Stored, bool IsNew)> ChangeAsync(EntityKey key, string id, Func<T?, T?> change, CancellationToken cancellationToken)
    {
        T? stored = null;
        bool isNew = false;
        await tables.UpdateAsync(table, key, row =>
        {
            T? current = row is null ? null : Read(row).Value;
            stored = change(current) ?? current;
            if (ReferenceEquals(stored, current))
                return [];
            isNew = row is null;
            Entity after = Row(key, id, stored!);
            return [isNew ? EntityWrite.Insert(after) : EntityWrite.Replace(after, row!.ETag!)];
        }, cancellationToken, Attempts);
        return (stored ?? throw Missing(id), isNew);
    }

    /// <summary>False when somebody else wrote the index row since <paramref name="known"/> was read.</summary>
    private async Task<bool> TryClaimAsync(string id, EntityKey key, Entity? known, CancellationToken cancellationToken)
    {
        var claim = new Entity(IndexKey(id).Partition, id) { ["experiment"] = key.Partition, ["at"] = new DateTimeOffset(DocumentRow<T>.TicksOf(key), TimeSpan.Zero) };
        try
        {
            await tables.WriteAsync(_index, known is null ? EntityWrite.Insert(claim) : EntityWrite.Replace(claim, known.ETag!), cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code is "entity-exists" or "entity-changed" or "entity-missing")
        {
            return false;
        }
    }

    /// <summary>Whether the document is at another key. An index row that outlived its document is in nobody's way.</summary>
    private async Task<bool> IsElsewhereAsync(Entity? claim, EntityKey wanted, CancellationToken cancellationToken) =>
        claim is not null && KeyOf(claim) is var key && key != wanted && await tables.FindAsync(table, key, cancellationToken) is not null;

    private async Task<Entity?> FindClaimAsync(string id, CancellationToken cancellationToken) =>
        TrackingLimits.IsRunId(id) ? await tables.FindAsync(_index, IndexKey(id), cancellationToken) : null;

    private async Task<EntityKey?> FindKeyAsync(string id, CancellationToken cancellationToken) => await FindClaimAsync(id, cancellationToken) is { } claim ? KeyOf(claim) : null;

    private async Task<bool> TryDeleteAsync(string from, EntityWrite delete, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(from, delete, cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code is "entity-missing" or "entity-changed")
        {
            return false;
        }
    }

    private Entity Row(EntityKey key, string id, T document)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(document, WorkflowJson.Options);
        if (json.Length > LargeValues.MaxBytes)
            throw TooLarge(id, json.Length, LargeValues.MaxBytes);
        var row = new Entity(key.Partition, key.Row);
        row.SetLarge("doc", json);
        return row;
    }

    public MlOpsException TooLarge(string id, int bytes, int most) =>
        MlOpsException.TooLarge(Code("too-large"), $"{what} '{id}' would take {bytes:N0} bytes, at most {most:N0} are allowed: put long texts into an artifact");

    private void CheckId(string id)
    {
        if (!TrackingLimits.IsRunId(id))
        {
            throw MlOpsException.Invalid(Code("id"),
                $"the {what} id '{TrackingLimits.Shown(id)}' is not allowed: a letter or digit, then letters, digits and _ . : ~ -, at most {TrackingLimits.RunIdChars} in all (of {TrackingLimits.RunIdKeyChars} when a colon counts five)");
        }
    }

    private static DocumentRow<T> Read(Entity row)
    {
        byte[] json = row.Large("doc")!;
        return new DocumentRow<T>(row.Key, JsonSerializer.Deserialize<T>(json, WorkflowJson.Options)!, json.Length, row.ETag!);
    }

    private string Code(string ending) => $"{what.Replace(' ', '-')}-{ending}";

    private static EntityKey KeyOf(Entity claim) => new(claim.Text("experiment")!, RowOf(claim.Time("at")!.Value, claim.Key.Row));

    private static string RowOf(DateTimeOffset at, string id) => $"{SortKeys.NewestFirst(at)}-{id}";

    private static EntityKey IndexKey(string id) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 1)), id);
}

/// <summary>A document as it was read.</summary>
/// <param name="Bytes">Of its JSON.</param>
/// <param name="ETag">Changes with each write.</param>
internal sealed record DocumentRow<T>(EntityKey Key, T Value, int Bytes, string ETag)
{
    private const int TimeDigits = 19;

    /// <summary>The time that it is ordered by.</summary>
    public long Ticks => TicksOf(Key);

    public string Id => IdOf(Key);

    public static long TicksOf(EntityKey key) => DateTime.MaxValue.Ticks - long.Parse(key.Row.AsSpan(0, TimeDigits), NumberStyles.None, CultureInfo.InvariantCulture);

    public static string IdOf(EntityKey key) => key.Row[(TimeDigits + 1)..];
}
