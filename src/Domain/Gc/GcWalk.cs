using System.Globalization;
using System.Runtime.CompilerServices;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Gc;

/// <summary>
/// Goes through the store in a fixed order: what was begun and not finished, then experiment by experiment its runs, logged
/// models and itself (<c>1/[id]/[start]-[run]</c>, <c>1/[id]/~m/[start]-[model]</c>, <c>1/[id]/~x</c>), then files (<c>2/[container]/[path]</c>), of
/// which those are gone by then that named them. Also where nothing is to be done there is a step now and then, so that a page ends in time.
/// </summary>
/// <param name="old">What was written later may be of a writer that is still at work.</param>
internal sealed class GcWalk(ExperimentTracker tracker, RunRemoval removal, GivenUpNames names, StrayFiles files, GcRequest request, DateTimeOffset before, DateTimeOffset old)
{
    private const int RunsPerStep = 25;
    private const int RunsPerLook = 500;
    private const string Files = "2/";

    // Behind every run, which begins with a digit.
    private const string RunsEnd = "~";
    private const string Itself = "~x";

    // Behind every model, whose rows begin with ~m.
    private const string Parts = "~n";

    private readonly ExperimentPurge _purge = tracker.Purge;

    public async IAsyncEnumerable<GcStep> StepsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.After is null)
        {
            foreach (string id in await _purge.ListBegunAsync(cancellationToken).Where(IsFinishedFirst).ToListAsync(cancellationToken))
                yield return new GcStep(null, await removal.FinishAsync(id, cancellationToken) is { } item ? [item] : []);
            if (!request.NamesSome)
            {
                await foreach (GcItem item in names.FinishAsync(before, cancellationToken))
                    yield return new GcStep(null, [item]);
            }
        }

        foreach (Experiment experiment in (await tracker.Catalog.ListAsync(cancellationToken)).OrderBy(Prefix, StringComparer.Ordinal))
        {
            if (!IsBehind(Prefix(experiment) + Itself))
                continue;
            await foreach (GcStep step in StepsAsync(experiment, cancellationToken))
                yield return step;
        }

        if (request.NamesSome)
            yield break;
        string? after = request.After?.StartsWith(Files, StringComparison.Ordinal) == true ? request.After[Files.Length..] : null;
        await foreach (GcStep step in files.StepsAsync(after, cancellationToken))
            yield return step with { Position = step.Position is null ? null : Files + step.Position };
    }

    private async IAsyncEnumerable<GcStep> StepsAsync(Experiment found, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Experiment experiment = await ReleasedAsync(found, cancellationToken);
        string prefix = Prefix(experiment);
        var some = new List<DeletedRun>();
        var parts = new List<GcItem>();
        int seen = 0;
        await foreach (WalkedRun run in RunsAsync(experiment, cancellationToken))
        {
            if (run.Deleted is { } deleted && IsWanted(deleted, experiment) && !(deleted.Begun && IsFinishedFirst(run.Id)))
                some.Add(deleted);
            if (run is { Deleted: null, HasParts: true } && !request.NamesSome && await RemovePartsAsync(run, experiment, cancellationToken) is { } item)
                parts.Add(item);
            if (++seen % RunsPerLook != 0 && some.Count < RunsPerStep && parts.Count < RunsPerStep)
                continue;
            yield return new GcStep(prefix + run.Row, [.. parts, .. await RemoveAsync(some, experiment, cancellationToken)]);
            (some, parts) = ([], []);
        }

        if (some.Count + parts.Count > 0)
            yield return new GcStep(prefix + RunsEnd, [.. parts, .. await RemoveAsync(some, experiment, cancellationToken)]);
        await foreach (LoggedModel model in ModelsAsync(experiment, cancellationToken))
        {
            if (model.DeletedAt <= before)
                yield return new GcStep(prefix + Row(model), [await RemoveAsync(model, experiment, cancellationToken)]);
            else if (++seen % RunsPerLook == 0)
                yield return new GcStep(prefix + Row(model), []);
        }

        if (!IsDue(experiment))
        {
            await ReleaseAsync(experiment, cancellationToken);
            yield break;
        }

        GcItem? first = null;
        bool more;
        do
        {
            more = false;
            GcItem item = await removal.TryAsync(first ?? ItemOf(experiment), async due =>
            {
                (GcItem done, more) = await RemoveAsync(due, experiment, cancellationToken);
                return done;
            });
            first ??= item;
            yield return more ? new GcStep(prefix + Parts, []) : new GcStep(prefix + Itself, [item]);
        }
        while (more);
    }

    /// <summary>Null where there is nothing to remove.</summary>
    private async Task<GcItem?> RemovePartsAsync(WalkedRun run, Experiment experiment, CancellationToken cancellationToken)
    {
        GcItem item = await removal.TryAsync(new GcItem(GcKind.Files, $"runsParts/{run.Id}", removal.Outcome, experiment.Name), async due =>
        {
            Footprint size = await _purge.RemoveUnnamedPartsAsync(experiment, run, old, request.DryRun, cancellationToken);
            return due with { Files = size.Files, Bytes = size.Bytes };
        });
        return item.Files > 0 || item.Outcome == GcOutcome.Failed ? item : null;
    }

    /// <summary>Runs that were deleted with their experiment alone would come back with it: it is claimed before they are.</summary>
    private async Task<IReadOnlyList<GcItem>> RemoveAsync(IReadOnlyList<DeletedRun> runs, Experiment experiment, CancellationToken cancellationToken)
    {
        if (!request.DryRun && runs.Count > 0 && experiment.DeletedAt <= before)
            await _purge.ClaimExperimentAsync(experiment.Id, before, cancellationToken);
        return await removal.RemoveAsync(runs, cancellationToken);
    }

    /// <summary>Removes an experiment, or some of its models, traces and issues, after which there is more to remove.</summary>
    private async Task<(GcItem Item, bool More)> RemoveAsync(GcItem item, Experiment experiment, CancellationToken cancellationToken)
    {
        if (await WhyKeptAsync(experiment, cancellationToken) is { } why)
        {
            await ReleaseAsync(experiment, cancellationToken);
            return (item with { Outcome = GcOutcome.Kept, Why = why }, false);
        }

        if (item.Files == 0)
        {
            Footprint size = await _purge.MeasureAsync(experiment, cancellationToken);
            item = item with { Files = size.Files, Bytes = size.Bytes };
        }

        if (request.DryRun)
            return (item, false);
        if (!await _purge.ClaimExperimentAsync(experiment.Id, before, cancellationToken))
            return (item with { Outcome = GcOutcome.Kept, Why = "it was restored meanwhile", Files = 0, Bytes = 0 }, false);
        if (await _purge.RemoveSomeAsync(experiment.Id, cancellationToken))
            return (item, true);
        await _purge.RemoveExperimentAsync(experiment, cancellationToken);
        return (item, false);
    }

    /// <summary>Those behind the position. Deleted ones nothing restores, so they need no claim.</summary>
    private IAsyncEnumerable<LoggedModel> ModelsAsync(Experiment experiment, CancellationToken cancellationToken) => request.NamesSome
        ? AsyncEnumerable.Empty<LoggedModel>()
        : _purge.ListModelsAsync(experiment.Id, cancellationToken).Where(m => IsBehind(Prefix(experiment) + Row(m)));

    private async Task<GcItem> RemoveAsync(LoggedModel model, Experiment experiment, CancellationToken cancellationToken)
    {
        var item = new GcItem(GcKind.Model, model.Id, removal.Outcome, experiment.Name, model.Name, model.DeletedAt);
        if (await removal.WhyKeptAsync(model) is { } why)
            return item with { Outcome = GcOutcome.Kept, Why = why };
        return await removal.TryAsync(item, async due =>
        {
            Footprint size = await _purge.MeasureAsync(model, cancellationToken);
            if (!request.DryRun)
                await _purge.RemoveModelAsync(model.Id, cancellationToken);
            return due with { Files = size.Files, Bytes = size.Bytes };
        });
    }

    private async Task<string?> WhyKeptAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        if (experiment.Id == Experiment.DefaultId)
            return "the default experiment is always there";
        return await _purge.ListAsync(experiment, cancellationToken).AnyAsync(async (run, _) => !request.DryRun || await removal.KeepsAsync(run, cancellationToken), cancellationToken)
            ? "runs of it are kept"
            : await _purge.ListModelsAsync(experiment.Id, cancellationToken).AnyAsync(async (model, _) => await removal.WhyKeptAsync(model) is not null, cancellationToken)
                ? "logged models of it are kept"
                : await removal.WhyKeptAsync(experiment);
    }

    /// <summary>A claim that a broken-off collection left, and that this one would not make, is given back; an experiment without runs may have lost more, and stays claimed.</summary>
    private async Task<Experiment> ReleasedAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        if (request.DryRun || experiment.PurgedAt is null || experiment.DeletedAt <= before || !await _purge.ListAsync(experiment, cancellationToken).AnyAsync(cancellationToken))
            return experiment;
        await _purge.ReleaseExperimentAsync(experiment.Id, cancellationToken);
        return experiment with { PurgedAt = null };
    }

    private async Task ReleaseAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        if (request.DryRun || experiment.DeletedAt is null)
            return;
        bool isWhole = experiment.Id == Experiment.DefaultId || await _purge.WalkAsync(experiment, null, cancellationToken).AnyAsync(cancellationToken);
        if (isWhole)
            await _purge.ReleaseExperimentAsync(experiment.Id, cancellationToken);
    }

    private GcItem ItemOf(Experiment experiment) => new(GcKind.Experiment, experiment.Id, removal.Outcome, Name: experiment.Name, DeletedAt: experiment.DeletedAt);

    private bool IsDue(Experiment experiment) =>
        experiment.DeletedAt is { } at && (at <= before || experiment.PurgedAt is not null) && (!request.NamesSome || request.ExperimentIds.Contains(experiment.Id));

    private bool IsWanted(DeletedRun run, Experiment experiment) =>
        run.DeletedAt <= before && (!request.NamesSome || request.RunIds.Contains(run.Id) || request.ExperimentIds.Contains(experiment.Id));

    private static string Row(LoggedModel model) => $"~m/{SortKeys.NewestFirst(model.CreatedAt)}-{model.Id}";

    private bool IsBehind(string position) => request.After is null || string.CompareOrdinal(position, request.After) > 0;

    private static string Prefix(Experiment experiment) => $"1/{long.Parse(experiment.Id, CultureInfo.InvariantCulture):D19}/";

    /// <summary>Those behind the position. A bound of rows may hold no sign that the store escapes, as ids may: the start's digits must do.</summary>
    private IAsyncEnumerable<WalkedRun> RunsAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        string prefix = Prefix(experiment);
        if (request.After?.StartsWith(prefix, StringComparison.Ordinal) != true)
            return _purge.WalkAsync(experiment, null, cancellationToken);
        string position = request.After[prefix.Length..];
        return position.StartsWith(RunsEnd, StringComparison.Ordinal)
            ? AsyncEnumerable.Empty<WalkedRun>()
            : _purge.WalkAsync(experiment, position.Split('-')[0], cancellationToken).Where(r => string.CompareOrdinal(r.Row, position) > 0);
    }

    /// <summary>What was begun is finished before the walk.</summary>
    private bool IsFinishedFirst(string runId) => !request.NamesSome || request.RunIds.Contains(runId);
}
