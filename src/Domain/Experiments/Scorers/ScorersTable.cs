using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments.Scorers;

/// <summary>What is known of a scorer beside its versions.</summary>
/// <param name="LastVersion">The greatest number that was given, be it deleted.</param>
internal sealed record ScorerHead(string Id, string Name, int LastVersion)
{
    public OnlineScoring? Online { get; init; }
}

/// <summary>
/// Table <c>scorers</c>, partition experiment id: <c>n-[hash of the name]</c>, the head; <c>v-[scorer id]-[greatest version first]</c>, a
/// version. One batch writes both, so a number is given once. Ids of scorers end in that of their experiment, so that one is found by its id.
/// </summary>
internal sealed class ScorersTable(IEntityTable tables)
{
    private const string Table = "scorers";

    // Only parallel clients of one scorer meet here.
    private const int Attempts = 100;

    /// <summary>Versions read at once: at most so many of the largest are in memory.</summary>
    private const int ScanRows = 4;

    public static string NewId(string unique, string experimentId) => $"{unique}-{experimentId}";

    /// <summary>Null when it is no id of a scorer.</summary>
    public static string? ExperimentOf(string id) => id.LastIndexOf('-') is var dash and > 0 && dash + 1 < id.Length && TrackingLimits.IsRunId(id[(dash + 1)..]) ? id[(dash + 1)..] : null;

    /// <summary>Writes what <paramref name="change"/> makes of the head of that name (null when there is none), with a version where it makes one; null leaves all as it is.</summary>
    public Task ChangeAsync(string experimentId, string name, Func<ScorerHead?, (ScorerHead Head, ScorerVersion? Version)?> change, CancellationToken cancellationToken) =>
        tables.UpdateAsync(Table, HeadKey(experimentId, name), row =>
        {
            if (change(row is null ? null : Head(row)) is not { } made)
                return [];
            Entity head = Row(HeadKey(experimentId, name), made.Head);
            EntityWrite write = row is null ? EntityWrite.Insert(head) : EntityWrite.Replace(head, row.ETag!);
            return made.Version is { } version ? [write, EntityWrite.Insert(Row(version))] : [write];
        }, cancellationToken, Attempts);

    public async Task<ScorerHead?> FindAsync(string experimentId, string name, CancellationToken cancellationToken) =>
        await tables.FindAsync(Table, HeadKey(experimentId, name), cancellationToken) is { } row ? Head(row) : null;

    /// <summary>In no order that means anything.</summary>
    public IAsyncEnumerable<ScorerHead> HeadsAsync(string experimentId, CancellationToken cancellationToken) =>
        tables.ScanAsync(Table, experimentId, new EntityRange(Prefix: "n-"), cancellationToken).Select(Head);

    public async Task<ScorerVersion?> FindAsync(string experimentId, ScorerHead scorer, int version, CancellationToken cancellationToken) =>
        await tables.FindAsync(Table, VersionKey(experimentId, scorer.Id, version), cancellationToken) is { } row ? Version(scorer, row) : null;

    /// <summary>The greatest there is; null when all are deleted.</summary>
    public async Task<ScorerVersion?> LatestAsync(string experimentId, ScorerHead scorer, CancellationToken cancellationToken) =>
        (await tables.QueryAsync(Table, experimentId, Versions(scorer, 1), cancellationToken)).Entities is [var row, ..] ? Version(scorer, row) : null;

    /// <summary>Numbers of the versions that there are, the greatest first.</summary>
    public IAsyncEnumerable<int> NumbersAsync(string experimentId, ScorerHead scorer, CancellationToken cancellationToken) =>
        tables.ScanAsync(Table, experimentId, Versions(scorer, ScanRows), cancellationToken).Select(row => NumberOf(row.Key));

    /// <summary>False when there is none of that number.</summary>
    public async Task<bool> DeleteAsync(string experimentId, ScorerHead scorer, int version, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(Table, EntityWrite.Delete(VersionKey(experimentId, scorer.Id, version)), cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code == "entity-missing")
        {
            return false;
        }
    }

    /// <summary>Deletes the head when no version was registered since it was read; true also when it is gone.</summary>
    public async Task<bool> TryDeleteAsync(string experimentId, ScorerHead scorer, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, HeadKey(experimentId, scorer.Name), cancellationToken);
        if (row is null || Head(row).Id != scorer.Id)
            return true;
        if (Head(row).LastVersion != scorer.LastVersion)
            return false;
        try
        {
            await tables.WriteAsync(Table, EntityWrite.Delete(row.Key, row.ETag!), cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-missing")
        {
            return false;
        }
    }

    /// <summary>All of an experiment, for good.</summary>
    public Task RemoveAsync(string experimentId, CancellationToken cancellationToken) => tables.RemoveAllAsync(Table, experimentId, cancellationToken);

    private static ScorerHead Head(Entity row) => JsonSerializer.Deserialize<ScorerHead>(row.Large("doc")!, WorkflowJson.Options)!;

    private static Entity Row(EntityKey key, ScorerHead head)
    {
        var row = new Entity(key.Partition, key.Row);
        row.SetLarge("doc", JsonSerializer.SerializeToUtf8Bytes(head, WorkflowJson.Options));
        return row;
    }

    private static Entity Row(ScorerVersion version)
    {
        EntityKey key = VersionKey(version.ExperimentId, version.ScorerId, version.Version);
        var row = new Entity(key.Partition, key.Row) { ["at"] = version.CreatedAt };
        row.SetLarge("doc", Encoding.UTF8.GetBytes(version.Serialized));
        return row;
    }

    private static ScorerVersion Version(ScorerHead scorer, Entity row) =>
        new(scorer.Id, row.Key.Partition, scorer.Name, NumberOf(row.Key), Encoding.UTF8.GetString(row.Large("doc")!), row.Time("at")!.Value);

    private static EntityRange Versions(ScorerHead scorer, int limit) => new(Prefix: $"v-{scorer.Id}-", Limit: limit);

    private static int NumberOf(EntityKey version) => int.MaxValue - int.Parse(version.Row.AsSpan(version.Row.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    private static EntityKey HeadKey(string experimentId, string name) => new(experimentId, "n-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16)));

    private static EntityKey VersionKey(string experimentId, string id, int version) => new(experimentId, $"v-{id}-{SortKeys.LargestFirst(version)}");
}
