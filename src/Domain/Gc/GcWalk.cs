using System.Globalization;
using System.Runtime.CompilerServices;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Gc;

/// <summary>
/// Goes through the store in a fixed order: what was begun and not finished (<c>0</c>), then experiment by experiment its runs and itself
/// (<c>1/[id]/[start]-[run]</c>, <c>1/[id]/~</c>), then files (<c>2/[container]/[owner]</c>).
/// </summary>
internal sealed class GcWalk(ExperimentTracker tracker, RunRemoval removal, GcRequest request, DateTimeOffset before)
{
    private const int RunsPerStep = 100;
    private const string Begun = "0";
    private const string Files = "2/";

    private readonly ExperimentPurge _purge = tracker.Purge;

    public async IAsyncEnumerable<GcStep> StepsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.After is null)
            yield return new GcStep(Begun, await FinishAsync(cancellationToken));
        foreach (Experiment experiment in (await tracker.Catalog.ListAsync(cancellationToken)).OrderBy(Prefix, StringComparer.Ordinal))
        {
            if (!IsBehind(Prefix(experiment) + "~"))
                continue;
            await foreach (GcStep step in StepsAsync(experiment, cancellationToken))
                yield return step;
        }

        if (request.NamesSome)
            yield break;
        string? after = request.After?.StartsWith(Files, StringComparison.Ordinal) == true ? request.After[Files.Length..] : null;
        await foreach (UnreferencedGroup group in _purge.Files.ListAsync(before, after, cancellationToken))
            yield return new GcStep(Files + group.Name, [await RemoveAsync(group, cancellationToken)]);
    }

    private async Task<IReadOnlyList<GcItem>> FinishAsync(CancellationToken cancellationToken)
    {
        var items = new List<GcItem>();
        List<string> begun = await _purge.ListBegunAsync(cancellationToken).ToListAsync(cancellationToken);
        foreach (string id in begun.Where(id => !request.NamesSome || request.RunIds.Contains(id)))
        {
            if (await removal.FinishAsync(id, cancellationToken) is { } item)
                items.Add(item);
        }

        return items;
    }

    private async IAsyncEnumerable<GcStep> StepsAsync(Experiment experiment, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string prefix = Prefix(experiment);
        var some = new List<DeletedRun>();
        await foreach (DeletedRun run in _purge.ListAsync(experiment, cancellationToken))
        {
            if (run.Begun || !IsBehind(prefix + Row(run)) || !IsWanted(run, experiment))
                continue;
            some.Add(run);
            if (some.Count < RunsPerStep)
                continue;
            yield return new GcStep(prefix + Row(run), await removal.RemoveAsync(some, cancellationToken));
            some = [];
        }

        if (some.Count > 0)
            yield return new GcStep(prefix + Row(some[^1]), await removal.RemoveAsync(some, cancellationToken));
        if (IsDue(experiment))
            yield return new GcStep(prefix + "~", [await removal.TryAsync(ItemOf(experiment), item => RemoveAsync(item, experiment, cancellationToken))]);
    }

    private async Task<GcItem> RemoveAsync(GcItem item, Experiment experiment, CancellationToken cancellationToken)
    {
        if (experiment.Id == Experiment.DefaultId)
            return item with { Outcome = GcOutcome.Kept, Why = "the default experiment is always there" };
        if (await _purge.ListAsync(experiment, cancellationToken).AnyAsync(async (run, _) => !request.DryRun || await removal.KeepsAsync(run, cancellationToken), cancellationToken))
            return item with { Outcome = GcOutcome.Kept, Why = "runs of it are kept" };
        if (request.DryRun)
            return item;
        if (!await _purge.ClaimExperimentAsync(experiment.Id, before, cancellationToken))
            return item with { Outcome = GcOutcome.Kept, Why = "it was restored meanwhile" };
        await _purge.RemoveExperimentAsync(experiment.Id, cancellationToken);
        return item;
    }

    private Task<GcItem> RemoveAsync(UnreferencedGroup group, CancellationToken cancellationToken)
    {
        var item = new GcItem(GcKind.Files, group.Name, removal.Outcome, Files: group.Footprint.Files, Bytes: group.Footprint.Bytes);
        return request.DryRun ? Task.FromResult(item) : removal.TryAsync(item, async done =>
        {
            await _purge.Files.RemoveAsync(group, cancellationToken);
            return done;
        });
    }

    private GcItem ItemOf(Experiment experiment) => new(GcKind.Experiment, experiment.Id, removal.Outcome, Name: experiment.Name, DeletedAt: experiment.DeletedAt);

    private bool IsDue(Experiment experiment) =>
        experiment.DeletedAt is { } at && (at <= before || experiment.PurgedAt is not null) && (!request.NamesSome || request.ExperimentIds.Contains(experiment.Id));

    private bool IsWanted(DeletedRun run, Experiment experiment) =>
        run.DeletedAt <= before && (!request.NamesSome || request.RunIds.Contains(run.Id) || request.ExperimentIds.Contains(experiment.Id));

    private bool IsBehind(string position) => request.After is null || string.CompareOrdinal(position, request.After) > 0;

    private static string Prefix(Experiment experiment) => $"1/{long.Parse(experiment.Id, CultureInfo.InvariantCulture):D19}/";

    private static string Row(DeletedRun run) => $"{SortKeys.NewestFirst(run.StartedAt)}-{run.Id}";
}
