using MlOps.Cli.Output;

namespace MlOps.Cli.Moving;

/// <summary>What to move.</summary>
/// <param name="Experiments">Names or ids; empty for all.</param>
/// <param name="Parallel">Runs copied at the same time.</param>
internal sealed record MovePlan(IReadOnlyList<string> Experiments, int Parallel, bool DryRun);

/// <summary>Copies experiments one after the other, and of each several runs at once. One bad run, or experiment, keeps none of the others.</summary>
/// <param name="places">How runs of an experiment are found and begun in the target.</param>
internal sealed class Mover(
    IMoveSource source, MlflowRest rest, string suffix, Func<TargetExperiment, CancellationToken, Task<IRunPlaces>> places, MovePlan plan, CommandOutput output)
{
    private readonly ExperimentTargets _experiments = new(rest, suffix);
    private readonly MoveTarget _target = new(rest, new RestSource(rest));

    public async Task<MoveReport> RunAsync(CancellationToken cancellationToken)
    {
        List<MovedExperiment> all = await source.ExperimentsAsync(cancellationToken).ToListAsync(cancellationToken);
        Check(all);
        var counts = new List<MoveCount>();
        foreach (MovedExperiment experiment in all.Where(e => plan.Experiments.Count == 0 || IsNamed(e)))
        {
            var count = new MoveCount(experiment);
            counts.Add(count);
            await MoveProgress.WatchAsync(output, count, () => TryAsync(experiment, count, cancellationToken));
        }

        return new MoveReport(source.Name, rest.Name, plan.DryRun, [.. counts.Select(c => c.Counts)], [.. counts.SelectMany(c => c.Problems)], [.. counts.SelectMany(c => c.Notes)]);
    }

    private async Task TryAsync(MovedExperiment experiment, MoveCount count, CancellationToken cancellationToken)
    {
        try
        {
            await CopyAsync(experiment, count, cancellationToken);
        }
        catch (Exception e) when (e is MlOpsException { Kind: not (ErrorKind.Unavailable or ErrorKind.Refused) } || StrangeValues.AreIn(e))
        {
            count.Problem(null, null, e);
        }
    }

    private async Task CopyAsync(MovedExperiment experiment, MoveCount count, CancellationToken cancellationToken)
    {
        TargetExperiment? found = plan.DryRun ? await _experiments.FindAsync(experiment, cancellationToken) : await _experiments.EnsureAsync(experiment, cancellationToken);
        if (found is null)
        {
            await foreach (MovedRun run in source.RunsAsync(experiment, cancellationToken))
                count.Copied();
            return;
        }

        count.Target = found.Name;
        if (found.IsDeleted && (!experiment.IsDeleted || !found.IsCopy))
        {
            count.Notes.Enqueue($"experiment '{found.Name}' was deleted in {rest.Name} and stays so: restore it there to copy into it again");
            return;
        }

        await CopyAsync(experiment, found, count, cancellationToken);
    }

    private async Task CopyAsync(MovedExperiment experiment, TargetExperiment found, MoveCount count, CancellationToken cancellationToken)
    {
        if (!plan.DryRun && found is { IsDeleted: false, IsCopy: true })
            await _experiments.UpdateTagsAsync(experiment, found, cancellationToken);
        bool isOpen = !found.IsDeleted;
        bool withRuns = experiment.IsDeleted && (found.IsDeleted || await _experiments.HasOnlyCopiesAsync(found, cancellationToken));
        var opened = new Lazy<Task>(() => isOpen ? Task.CompletedTask : _experiments.RestoreAsync(found, cancellationToken));
        var move = new RunMove(source, _target, await places(found, cancellationToken), count, plan.DryRun, withRuns, () => opened.Value);
        await Parallel.ForEachAsync(
            source.RunsAsync(experiment, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = plan.Parallel, CancellationToken = cancellationToken },
            async (run, token) => await TryAsync(move, run, count, token));
        if (count.Folderless > 0)
            count.Notes.Enqueue($"{count.Folderless} runs of '{experiment.Name}' have no folder of artifacts: they logged none, or --artifacts is another folder than theirs");
        bool wasDeleted = found.IsDeleted && opened.IsValueCreated, isToBe = experiment.IsDeleted && !found.IsDeleted;
        if (wasDeleted && !plan.DryRun)
            await _experiments.DeleteAsync(found, cancellationToken);
        else if (isToBe)
            await DeleteAsync(found, withRuns, count, cancellationToken);
    }

    private async Task DeleteAsync(TargetExperiment target, bool withRuns, MoveCount count, CancellationToken cancellationToken)
    {
        // Asked again: somebody may have logged into it meanwhile.
        if (!withRuns || !await _experiments.HasOnlyCopiesAsync(target, cancellationToken))
            count.Notes.Enqueue($"experiment '{target.Name}' stays in {rest.Name}, though it was deleted in {source.Name}: it has more than copies that nobody changed");
        else if (!plan.DryRun)
            await _experiments.DeleteAsync(target, cancellationToken);
    }

    private static async Task TryAsync(RunMove move, MovedRun run, MoveCount count, CancellationToken cancellationToken)
    {
        try
        {
            await move.CopyAsync(run, cancellationToken);
        }
        catch (Exception e) when (e is MlOpsException { Code: not "server-away" and not "mlflow-away" } or IOException or UnauthorizedAccessException || StrangeValues.AreIn(e))
        {
            count.Failed(run.Id, e);
        }
    }

    private bool IsNamed(MovedExperiment experiment) => plan.Experiments.Contains(experiment.Name) || plan.Experiments.Contains(experiment.Id);

    private void Check(List<MovedExperiment> all)
    {
        string[] unknown = [.. plan.Experiments.Where(name => !all.Any(e => e.Name == name || e.Id == name))];
        if (unknown.Length > 0)
            throw MlOpsException.NotFound("experiment-missing", $"{source.Name} has no experiment {string.Join(", ", unknown.Select(u => $"'{u}'"))}: it has {string.Join(", ", all.Take(20).Select(e => $"'{e.Name}'"))}");
    }
}
