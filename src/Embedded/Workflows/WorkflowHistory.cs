using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>
/// The journal of an instance as a JSON document, and its replay against the code of today. Histories of shipped workflows are
/// committed and replayed by tests: a change that would break running instances fails there.
/// </summary>
public static class WorkflowHistory
{
    private static readonly JsonSerializerOptions Indented = new(WorkflowJson.Options) { WriteIndented = true };

    /// <summary>The history of the instance's current generation, as it stood at one moment; the instance may go on meanwhile.</summary>
    /// <exception cref="MlOpsException">NotFound <c>instance-missing</c>; Unavailable <c>journal-corrupt</c>.</exception>
    public static async Task<string> ExportAsync(IEntityTable tables, string instanceId, CancellationToken cancellationToken)
    {
        (InstanceHeader header, IReadOnlyList<JournalEvent> events) = await ReadAsync(new JournalStore(tables, observer: null), instanceId, cancellationToken);
        return JsonSerializer.Serialize(new HistoryDocument(instanceId, header.Workflow, header.Version, header.Generation, events), Indented);
    }

    /// <summary>Replays an exported history: the code must ask for the same steps and, if the instance had ended, end alike.</summary>
    /// <exception cref="MlOpsException">Conflict <c>workflow-changed</c> or <c>workflow-foreign-await</c>; NotFound <c>workflow-version-unknown</c>.</exception>
    public static void Replay(WorkflowCatalog catalog, string json)
    {
        HistoryDocument document = JsonSerializer.Deserialize<HistoryDocument>(json, Indented) ?? throw new ArgumentException("the history is empty", nameof(json));
        var identity = new RunIdentity(document.InstanceId, document.Workflow, document.Version, document.Generation);
        IWorkflow workflow = catalog.Find(document.Workflow, document.Version)
            ?? throw WorkflowErrors.VersionUnknown(new(document.InstanceId, document.Workflow, document.Version, default), catalog);
        MlOpsException? foreign = null;
        var run = new WorkflowRun(workflow, identity, () => foreign = WorkflowErrors.Foreign(identity));
        run.Replay(History.Of(document.Events));
        if ((run.Broken ?? foreign ?? Surplus(run) ?? OtherEnd(run, document.Events[^1])) is { } mismatch)
            throw mismatch;
    }

    private static async Task<(InstanceHeader Header, IReadOnlyList<JournalEvent> Events)> ReadAsync(JournalStore store, string instanceId, CancellationToken cancellationToken)
    {
        InstanceHeader header = await HeaderAsync(store, instanceId, cancellationToken);
        while (true)
        {
            try
            {
                return (header, await store.ReadEventsAsync(header, cancellationToken));
            }
            catch (MlOpsException e) when (e.Code == "journal-corrupt")
            {
                // Events that were written after the header was read are no damage.
                InstanceHeader now = await HeaderAsync(store, instanceId, cancellationToken);
                if (now.ETag == header.ETag)
                    throw;
                header = now;
            }
        }
    }

    private static async Task<InstanceHeader> HeaderAsync(JournalStore store, string instanceId, CancellationToken cancellationToken) =>
        await store.FindHeaderAsync(instanceId, cancellationToken) ?? throw EngineErrors.Missing(instanceId);

    private static MlOpsException? Surplus(WorkflowRun run) => run.TakeEmitted() is [var step, ..]
        ? ReplayErrors.EndsOtherwise(run.Identity, $"ends before step {step.Step}", $"asks for {Step.Describe(step)} there")
        : null;

    private static MlOpsException? OtherEnd(WorkflowRun run, JournalEvent last)
    {
        bool ended = last.Kind is JournalKind.Completed or JournalKind.Failed;
        if (last.Kind == JournalKind.Cancelled || (!ended && !run.Ended))
            return null;
        if (ended != run.Ended)
            return ReplayErrors.EndsOtherwise(run.Identity, ended ? "has ended" : "goes on", ended ? "still waits" : "has ended");
        JournalEvent end = run.EndEvent(last.At);
        return (end.Kind, end.Data, end.Failure) == (last.Kind, last.Data, last.Failure)
            ? null
            : ReplayErrors.EndsOtherwise(run.Identity, $"ends with {End(last)}", $"ends with {End(end)}");
    }

    private static string End(JournalEvent end) => end.Failure?.Message ?? end.Data ?? "nothing";

    private sealed record HistoryDocument(string InstanceId, string Workflow, string Version, int Generation, IReadOnlyList<JournalEvent> Events);
}
