using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Security.Cryptography;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Rows of table <c>experiments</c>, all in partition <c>x</c> so that one batch holds "a name has one id": <c>h</c> (the next
/// id), <c>i-[id]</c> (the experiment), <c>n-[hash of the name]</c> (its id; hashed because an escaped name may pass a key's limit).
/// </summary>
internal sealed class ExperimentsTable(IEntityTable tables, TimeProvider time)
{
    private const string Table = "experiments";
    private const string Partition = "x";
    private const int MaxKnown = 1_000;

    /// <summary>One that has more in its tags is read again each time.</summary>
    private const int MaxKnownBytes = 16 << 10;
    private static readonly EntityKey Header = new(Partition, "h");

    // Every write to a run looks whether its experiment is active: the row each time, its document only when it is another.
    private readonly ConcurrentDictionary<string, (string ETag, Experiment Experiment)> _known = new(StringComparer.Ordinal);

    /// <summary>The experiment of that name, begun if there is none.</summary>
    public async Task<Experiment> EnsureAsync(string name, CancellationToken cancellationToken) =>
        (await FindOrInsertAsync(new ExperimentStart(name), cancellationToken)).Experiment;

    /// <exception cref="MlOpsException">Conflict <c>experiment-exists</c>.</exception>
    public async Task<Experiment> CreateAsync(ExperimentStart start, CancellationToken cancellationToken)
    {
        (Experiment experiment, bool isNew) = await FindOrInsertAsync(start, cancellationToken);
        return isNew ? experiment : throw Taken(experiment);
    }

    /// <summary>The experiment with the default's id. Where another has its name, which older versions allowed, it gets one like it.</summary>
    public async Task<Experiment> EnsureDefaultAsync(CancellationToken cancellationToken)
    {
        for (string name = Experiment.DefaultName; ; name += "-" + Experiment.DefaultId)
        {
            if (await FindAsync(Experiment.DefaultId, cancellationToken) is { } known)
                return known;
            if (await FindOrInsertAsync(new ExperimentStart(name), cancellationToken, asDefault: true) is (var made, true))
                return made;
        }
    }

    private async Task<(Experiment Experiment, bool IsNew)> FindOrInsertAsync(ExperimentStart start, CancellationToken cancellationToken, bool asDefault = false)
    {
        while (true)
        {
            if (await FindByNameAsync(start.Name, cancellationToken) is { } known)
                return (known, false);
            try
            {
                bool isDefault = asDefault || (start.Name == Experiment.DefaultName && await FindAsync(Experiment.DefaultId, cancellationToken) is null);
                return (await InsertAsync(start, isDefault, cancellationToken), true);
            }
            catch (MlOpsException e) when (e.Code is "entity-exists" or "entity-changed")
            {
                // Somebody else created an experiment meanwhile, perhaps this one: look again.
            }
        }
    }

    /// <summary>Replaces an experiment by what <paramref name="change"/> makes of it (null: leave it), again when others wrote meanwhile.</summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>; Conflict <c>experiment-exists</c>: its new name is another's.</exception>
    public async Task UpdateAsync(string id, Func<Experiment, Experiment?> change, CancellationToken cancellationToken)
    {
        if (id == Experiment.DefaultId)
            await EnsureDefaultAsync(cancellationToken);
        Experiment? renamed = null;
        try
        {
            await tables.UpdateAsync(Table, new EntityKey(Partition, IdRow(id)), row => Replacement(row ?? throw Missing(id), change, out renamed), cancellationToken);
        }
        catch (MlOpsException e) when (renamed is not null && e.Code == "entity-exists")
        {
            throw Taken(await FindByNameAsync(renamed.Name, cancellationToken) ?? renamed);
        }
    }

    /// <summary>Every id that was ever given is below it.</summary>
    public async Task<long> NextIdAsync(CancellationToken cancellationToken) => (await tables.FindAsync(Table, Header, cancellationToken))?.Int("next") ?? 1;

    /// <summary>Removes an experiment whose removal has begun, and with it its name.</summary>
    public Task RemoveAsync(string id, CancellationToken cancellationToken) => tables.UpdateAsync(
        Table,
        new EntityKey(Partition, IdRow(id)),
        row => row is not null && Read(row) is { PurgedAt: not null } experiment
            ? [EntityWrite.Delete(row.Key, row.ETag!), EntityWrite.Delete(new EntityKey(Partition, NameRow(experiment.Name)))]
            : [],
        cancellationToken);

    public async Task<Experiment?> FindByNameAsync(string name, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(Partition, NameRow(name)), cancellationToken);
        return row is null ? null : await FindAsync(row.Text("id")!, cancellationToken);
    }

    public async Task<Experiment?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!IsId(id))
            return null;
        Entity? row = await tables.FindAsync(Table, new EntityKey(Partition, IdRow(id)), cancellationToken);
        if (row is null)
            return null;
        if (_known.TryGetValue(id, out (string ETag, Experiment Experiment) known) && known.ETag == row.ETag)
            return known.Experiment;
        Experiment read = Read(row);
        if (row.Large("doc")!.Length > MaxKnownBytes)
            return read;
        if (_known.Count >= MaxKnown)
            _known.Clear();
        _known[id] = (row.ETag!, read);
        return read;
    }

    public async Task<IReadOnlyList<Experiment>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new List<Experiment>();
        await foreach (Entity row in tables.ScanAsync(Table, Partition, new EntityRange("i-"), cancellationToken))
            all.Add(Read(row));
        return [.. all.OrderByDescending(e => e.CreatedAt).ThenBy(e => e.Name, StringComparer.Ordinal)];
    }

    private async Task<Experiment> InsertAsync(ExperimentStart start, bool isDefault, CancellationToken cancellationToken)
    {
        Entity? header = await tables.FindAsync(Table, Header, cancellationToken);
        long next = header?.Int("next") ?? 1;
        var experiment = new Experiment(isDefault ? Experiment.DefaultId : next.ToString(CultureInfo.InvariantCulture), start.Name, time.GetUtcNow())
        {
            ArtifactLocation = start.ArtifactLocation,
            Tags = start.Tags,
        };
        await tables.WriteAsync(Table, [Advance(header, isDefault ? next : next + 1), Row(experiment), NameOf(experiment)], cancellationToken);
        return experiment;
    }

    private EntityWrite[] Replacement(Entity row, Func<Experiment, Experiment?> change, out Experiment? renamed)
    {
        Experiment before = Read(row);
        renamed = null;
        if (change(before) is not { } after)
            return [];
        EntityWrite replace = EntityWrite.Replace(Row(after).Entity, row.ETag!);
        if (after.Name == before.Name)
            return [replace];
        renamed = after;
        return [replace, NameOf(after), EntityWrite.Delete(new EntityKey(Partition, NameRow(before.Name)))];
    }

    private static EntityWrite Advance(Entity? header, long next)
    {
        var row = new Entity(Header.Partition, Header.Row) { ["next"] = next };
        return header is null ? EntityWrite.Insert(row) : EntityWrite.Replace(row, header.ETag!);
    }

    private static EntityWrite Row(Experiment experiment)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(experiment, WorkflowJson.Options);
        if (json.Length > LargeValues.MaxBytes)
            throw MlOpsException.TooLarge("experiment-too-large", $"the tags of experiment {experiment.Id} would take {json.Length:N0} bytes, at most {LargeValues.MaxBytes:N0} are allowed: log long texts as artifacts of a run");
        var row = new Entity(Partition, IdRow(experiment.Id));
        row.SetLarge("doc", json);
        return EntityWrite.Insert(row);
    }

    private static EntityWrite NameOf(Experiment experiment) =>
        EntityWrite.Insert(new Entity(Partition, NameRow(experiment.Name)) { ["id"] = experiment.Id });

    private static Experiment Read(Entity row) => JsonSerializer.Deserialize<Experiment>(row.Large("doc"), WorkflowJson.Options)!;

    private static string IdRow(string id) => "i-" + id;

    private static string NameRow(string name) => "n-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    // No row has another id, and a key has a length.
    private static bool IsId(string id) => id.Length is > 0 and <= 19 && id.All(char.IsAsciiDigit);

    public static MlOpsException Missing(string id) =>
        MlOpsException.NotFound("experiment-missing", $"there is no experiment with id '{TrackingLimits.Shown(id)}': list the experiments to see their ids");

    private static MlOpsException Taken(Experiment other) => MlOpsException.Conflict("experiment-exists",
        $"the name '{other.Name}' belongs to {(other.DeletedAt is null ? "" : "deleted ")}experiment {other.Id}: take another{(other.DeletedAt is null ? "" : ", or restore that one")}");
}
