using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Table <c>runs</c>: partition experiment id, row <c>[newest first start]-[run id]</c>, so that a page of an experiment is one
/// range. Table <c>runIndex</c>: partition two digits of the id's hash, row run id, holds that key. The index row is written
/// first, as a claim: it fixes the start time, hence the key, for every repetition of the start.
/// </summary>
internal sealed class RunsTable(IEntityTable tables)
{
    private const string Table = "runs";
    private const string Index = "runIndex";
    // Within a process writers queue (RunUpdateQueue), so what meets here are whole processes, few at a time.
    private const int Attempts = 200;

    /// <summary>Inserts the run unless one of that id is there; returns the one that is stored.</summary>
    public async Task<RunDocument> StartAsync(RunDocument run, CancellationToken cancellationToken)
    {
        Entity claim = IndexRow(run);
        if (!await tables.TryInsertAsync(Index, claim, cancellationToken))
            claim = (await tables.FindAsync(Index, claim.Key, cancellationToken))!;
        var started = run with { StartedAt = claim.Time("start")!.Value };
        EntityKey key = KeyOf(claim);
        if (key.Partition == run.ExperimentId && await tables.TryInsertAsync(Table, Row(key, started), cancellationToken))
            return started;
        return await FindAsync(run.Id, cancellationToken) ?? throw AlreadyElsewhere(run.Id, key.Partition);
    }

    public async Task<RunDocument?> FindAsync(string runId, CancellationToken cancellationToken)
    {
        Entity? claim = await tables.FindAsync(Index, IndexKey(runId), cancellationToken);
        Entity? row = claim is null ? null : await tables.FindAsync(Table, KeyOf(claim), cancellationToken);
        return row is null ? null : Read(row);
    }

    /// <summary>Replaces the run by what <paramref name="change"/> makes of it (null: leave it), again when others wrote meanwhile.</summary>
    public async Task UpdateAsync(string runId, Func<RunDocument, RunDocument?> change, CancellationToken cancellationToken)
    {
        Entity claim = await tables.FindAsync(Index, IndexKey(runId), cancellationToken) ?? throw Missing(runId);
        EntityKey key = KeyOf(claim);
        await tables.UpdateAsync(Table, key, current => Replacement(current ?? throw Missing(runId), change), cancellationToken, Attempts);
    }

    public async IAsyncEnumerable<RunDocument> ListAsync(string experimentId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, experimentId, EntityRange.All, cancellationToken))
            yield return Read(row);
    }

    public async Task<(IReadOnlyList<RunDocument> Runs, string? Continuation)> PageAsync(
        string experimentId, int limit, string? continuation, CancellationToken cancellationToken)
    {
        EntityPage page = await tables.QueryAsync(Table, experimentId, new EntityRange(Limit: limit, Continuation: continuation), cancellationToken);
        return ([.. page.Entities.Select(Read)], page.Continuation);
    }

    public static MlOpsException Missing(string runId) =>
        MlOpsException.NotFound("run-missing", $"there is no run '{runId}': list the runs of an experiment to see their ids");

    private static MlOpsException AlreadyElsewhere(string runId, string experimentId) =>
        MlOpsException.Conflict("run-exists", $"run '{runId}' was begun in experiment {experimentId}: take another run id");

    private static EntityWrite[] Replacement(Entity current, Func<RunDocument, RunDocument?> change) =>
        change(Read(current)) is { } changed ? [EntityWrite.Replace(Row(current.Key, changed), current.ETag!)] : [];

    private static RunDocument Read(Entity row) => RunDocument.Read(row.Large("doc")!);

    private static Entity Row(EntityKey key, RunDocument run)
    {
        byte[] json = run.Write();
        if (json.Length > LargeValues.MaxBytes)
            throw TooLarge(run.Id, json.Length);
        var row = new Entity(key.Partition, key.Row);
        row.SetLarge("doc", json);
        return row;
    }

    private static MlOpsException TooLarge(string runId, int bytes) => MlOpsException.TooLarge("run-too-large",
        $"the params, tags and latest metrics of run '{runId}' would take {bytes:N0} bytes, at most {LargeValues.MaxBytes:N0} are allowed: log long texts and tables as artifacts");

    private static Entity IndexRow(RunDocument run) => new(IndexKey(run.Id).Partition, run.Id)
    {
        ["experiment"] = run.ExperimentId,
        ["start"] = run.StartedAt,
    };

    private static EntityKey KeyOf(Entity claim) =>
        new(claim.Text("experiment")!, $"{SortKeys.NewestFirst(claim.Time("start")!.Value)}-{claim.Key.Row}");

    /// <summary>By hash and not by the id's first letters: ids that are ordered by time would all fall into one partition.</summary>
    private static EntityKey IndexKey(string runId) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(runId)).AsSpan(0, 1)), runId);
}
