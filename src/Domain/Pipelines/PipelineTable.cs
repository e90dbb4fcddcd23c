using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines;

/// <summary>A registered pipeline: its present document and what starts it.</summary>
/// <param name="Since">Since when the present schedule is in force.</param>
public sealed record RegisteredPipeline(
    string Name,
    string Document,
    string? Description,
    string Dataset,
    string Model,
    bool TriggerOnNewData,
    TimeSpan? ScheduleEvery,
    DateTimeOffset Since,
    DateTimeOffset UpdatedAt,
    string UpdatedBy);

/// <summary>What is kept of a run besides its workflow instance.</summary>
internal sealed record RunEntry(string Id, PipelineInput Input, DateTimeOffset At);

/// <summary>
/// Table <c>pipelines</c>, partition <c>p</c>, row name: registered pipelines. Table <c>pipelineRuns</c>: partition name holds
/// <c>id-[id]</c> and <c>t-[newest first]-[id]</c>, written together; partition <c>~all</c> holds the latter for all pipelines.
/// Rows are written before the instance starts: one without instance is a start that did not happen, and is not listed.
/// </summary>
internal sealed class PipelineTable(IEntityTable tables)
{
    private const string Pipelines = "pipelines";
    private const string Partition = "p";
    private const string Runs = "pipelineRuns";
    private const string All = "~all";

    public async Task<RegisteredPipeline?> FindAsync(string name, CancellationToken cancellationToken) =>
        await tables.FindAsync(Pipelines, new(Partition, name), cancellationToken) is { } row ? Read<RegisteredPipeline>(row) : null;

    public async Task<IReadOnlyList<RegisteredPipeline>> ListAsync(CancellationToken cancellationToken)
    {
        var found = new List<RegisteredPipeline>();
        await foreach (Entity row in tables.ScanAsync(Pipelines, Partition, EntityRange.All, cancellationToken))
            found.Add(Read<RegisteredPipeline>(row));
        return found;
    }

    public Task UpdateAsync(string name, Func<RegisteredPipeline?, RegisteredPipeline> change, CancellationToken cancellationToken) =>
        tables.UpdateAsync(
            Pipelines,
            new(Partition, name),
            row =>
            {
                Entity next = Row(Partition, name, change(row is null ? null : Read<RegisteredPipeline>(row)));
                return [row is null ? EntityWrite.Insert(next) : EntityWrite.Replace(next, row.ETag!)];
            },
            cancellationToken);

    /// <summary>Notes a run; one of that id that is there already stays as it is.</summary>
    /// <returns>The entry that stands.</returns>
    public async Task<RunEntry> AddRunAsync(RunEntry entry, CancellationToken cancellationToken)
    {
        string pipeline = entry.Input.Pipeline;
        Entity byId = Row(pipeline, "id-" + entry.Id, entry);
        if (!await TryInsertAsync([EntityWrite.Insert(byId), EntityWrite.Insert(Row(pipeline, TimeRow(entry), entry))], cancellationToken))
            entry = Read<RunEntry>((await tables.FindAsync(Runs, byId.Key, cancellationToken))!);
        await tables.WriteAsync(Runs, EntityWrite.Upsert(Row(All, TimeRow(entry), entry)), cancellationToken);
        return entry;
    }

    /// <summary>Runs of one pipeline, or of all when null, newest first.</summary>
    public async IAsyncEnumerable<RunEntry> ListRunsAsync(string? pipeline, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Runs, pipeline ?? All, new EntityRange("t-"), cancellationToken))
            yield return Read<RunEntry>(row);
    }

    private async Task<bool> TryInsertAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(Runs, writes, cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code == "entity-exists")
        {
            return false;
        }
    }

    private static string TimeRow(RunEntry entry) => $"t-{SortKeys.NewestFirst(entry.At)}-{entry.Id}";

    private static Entity Row<T>(string partition, string row, T value) => new(partition, row) { ["doc"] = WorkflowJson.Write(value) };

    private static T Read<T>(Entity row) => WorkflowJson.Read<T>(row.Text("doc")!)!;
}
