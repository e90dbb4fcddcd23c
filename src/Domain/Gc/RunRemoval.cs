using Microsoft.Extensions.Logging;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Purging;

namespace MlOps.Domain.Gc;

/// <summary>
/// Removes deleted runs, some at a time: claims them, reads then what refers to runs, gives back what is referred to, removes the rest. So
/// a reference that came before the claim is seen.
/// </summary>
/// <param name="deletedBefore">Who was deleted later stays.</param>
internal sealed class RunRemoval(ExperimentPurge purge, Func<Task<RunReferences>> readReferences, bool dryRun, DateTimeOffset deletedBefore, ILogger logger)
{
    private const string Restored = "it was restored meanwhile";

    private RunReferences? _first;

    /// <summary>Of what is not kept.</summary>
    public GcOutcome Outcome => dryRun ? GcOutcome.Removable : GcOutcome.Removed;

    /// <summary>Whether something refers to the run now.</summary>
    public async Task<bool> KeepsAsync(DeletedRun run, CancellationToken cancellationToken) =>
        await (_first ??= await readReferences()).WhyKeptAsync(run, cancellationToken) is not null;

    /// <summary>Why something refers to the experiment itself, as it stands now; null when nothing does.</summary>
    public async Task<string?> WhyKeptAsync(Experiment experiment) => (await readReferences()).WhyKept(experiment);

    /// <summary>Why a logged model must stay; null when nothing refers to it.</summary>
    public async Task<string?> WhyKeptAsync(LoggedModel model) => (_first ??= await readReferences()).WhyKept(model);

    public async Task<IReadOnlyList<GcItem>> RemoveAsync(IReadOnlyList<DeletedRun> runs, CancellationToken cancellationToken)
    {
        var items = new List<GcItem>();
        var claimed = new List<(DeletedRun Run, GcItem Item)>();
        foreach (DeletedRun run in runs)
        {
            if (await (_first ??= await readReferences()).WhyKeptAsync(run, cancellationToken) is { } why)
            {
                items.Add(await KeptAsync(run, why, cancellationToken));
                continue;
            }

            // Before the claim, which writes a long run anew beside what it was.
            GcItem item = await TryAsync(Item(run, Outcome), async due => Sized(due, await purge.MeasureAsync(run.Id, cancellationToken)));
            if (dryRun || item.Outcome == GcOutcome.Failed)
                items.Add(item);
            else if (run.Begun || await purge.ClaimAsync(run, deletedBefore, cancellationToken))
                claimed.Add((run, item));
            else
                items.Add(Item(run, GcOutcome.Kept) with { Why = Restored });
        }

        if (claimed.Count > 0)
            items.AddRange(await RemoveClaimedAsync(claimed, cancellationToken));
        return items;
    }

    /// <summary>Finishes a removal that was broken off, perhaps after the run's own row had gone; one that is kept is given back and left to the walk.</summary>
    public async Task<GcItem?> FinishAsync(string runId, CancellationToken cancellationToken)
    {
        DeletedRun? run = await purge.FindAsync(runId, cancellationToken);
        if (run is { Begun: true })
            return (await RemoveAsync([run], cancellationToken)).Single() is var item && (dryRun || item.Outcome != GcOutcome.Kept) ? item : null;
        if (dryRun)
            return null;
        GcItem rest = await TryAsync(new GcItem(GcKind.Run, runId, Outcome), async item =>
        {
            await purge.RemoveAsync(runId, cancellationToken);
            return item;
        });
        return rest.Outcome == GcOutcome.Failed ? rest : null;
    }

    /// <summary>What is the matter with one thing must not keep the others.</summary>
    public async Task<GcItem> TryAsync(GcItem item, Func<GcItem, Task<GcItem>> remove)
    {
        try
        {
            return await remove(item);
        }
        catch (Exception e) when (e is MlOpsException or IOException or UnauthorizedAccessException)
        {
            logger.NotRemoved(item.Kind, item.Id, e);
            return item with { Outcome = GcOutcome.Failed, Files = 0, Bytes = 0, Why = e.Message };
        }
    }

    private async Task<IReadOnlyList<GcItem>> RemoveClaimedAsync(IReadOnlyList<(DeletedRun Run, GcItem Item)> claimed, CancellationToken cancellationToken)
    {
        var items = new List<GcItem>();
        RunReferences now = await readReferences();
        foreach ((DeletedRun run, GcItem due) in claimed)
        {
            if (await now.WhyKeptAsync(run, cancellationToken) is { } why)
            {
                items.Add(await KeptAsync(run with { Begun = true }, why, cancellationToken));
            }
            else
            {
                items.Add(await TryAsync(due, item => RemoveAsync(item, cancellationToken)));
            }
        }

        return items;
    }

    private async Task<GcItem> RemoveAsync(GcItem item, CancellationToken cancellationToken)
    {
        if (!await purge.RemoveAsync(item.Id, cancellationToken))
            return item with { Outcome = GcOutcome.Kept, Why = Restored, Files = 0, Bytes = 0 };
        logger.RunRemoved(item.Id, item.Experiment!, item.Bytes);
        return item;
    }

    /// <summary>Gives back a claim, also one of a collection that was broken off before somebody came to refer to the run.</summary>
    private async Task<GcItem> KeptAsync(DeletedRun run, string why, CancellationToken cancellationToken)
    {
        if (run.Begun && !dryRun)
            await purge.ReleaseAsync(run.Id, cancellationToken);
        return Item(run, GcOutcome.Kept) with { Why = why };
    }

    private static GcItem Sized(GcItem item, Footprint size) => item with { Files = size.Files, Bytes = size.Bytes };

    private static GcItem Item(DeletedRun run, GcOutcome outcome) => new(GcKind.Run, run.Id, outcome, run.Experiment, run.Name, run.DeletedAt);
}
