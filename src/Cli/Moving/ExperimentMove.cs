using MlOps.Cli.Moving.LoggedModels;
using MlOps.Cli.Moving.Traces;

namespace MlOps.Cli.Moving;

/// <summary>What the moves of all experiments have in common.</summary>
internal sealed record MoveShared(
    IMoveSource Source, MlflowRest Rest, MovePlan Plan, ExperimentTargets Experiments, RunLookup Runs, ModelLookup Models, Func<TargetExperiment, CancellationToken, Task<IRunPlaces>> Places);

/// <summary>
/// Copies one experiment: its logged models are begun before any run is copied, since runs of other experiments may name them, then come its
/// runs, the rest of the models, and its traces.
/// </summary>
/// <param name="part">What to copy of it; null for all.</param>
internal sealed class ExperimentMove(MoveShared shared, MovedExperiment experiment, MovePart? part)
{
    private readonly MoveTarget _target = new(shared.Rest, new RestSource(shared.Rest));
    private TargetExperiment? _found;
    private IRunPlaces? _places;
    private LoggedModelMove? _models;
    private bool _isLeft;
    private bool _isOld;

    public MoveCount Count { get; } = new(experiment);

    private bool IsDryRun => shared.Plan.DryRun;

    /// <summary>Of deleted ones neither models nor traces are told.</summary>
    private bool HasModels => !experiment.IsDeleted && _found is { IsDeleted: false };

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        _found = IsDryRun ? await shared.Experiments.FindAsync(experiment, cancellationToken) : await shared.Experiments.EnsureAsync(experiment, cancellationToken);
        if (_found is null)
            return;
        Count.Target = _found.Name;
        _isLeft = _found.IsDeleted && (!experiment.IsDeleted || !_found.IsCopy);
        if (_isLeft)
        {
            Count.Notes.Enqueue($"experiment '{_found.Name}' was deleted in {shared.Rest.Name} and stays so: restore it there to copy into it again");
            return;
        }

        _places = await shared.Places(_found, cancellationToken);
        if (!HasModels)
            return;
        _isOld = !await LoggedModelAnswers.AreOfferedAsync(shared.Rest, _found.Id, cancellationToken);
        if (!_isOld)
            await BeginModelsAsync(_found, _places, cancellationToken);
        else if (await Models(cancellationToken).AnyAsync(cancellationToken) || await Traces(cancellationToken).AnyAsync(cancellationToken))
            Count.Notes.Enqueue($"logged models and traces of '{experiment.Name}' are not copied: {shared.Rest.Name} has none, as MLflow before version 3");
    }

    public async Task CopyAsync(CancellationToken cancellationToken)
    {
        if (_isLeft)
            return;
        if (_found is null || _places is null)
        {
            // In a dry run, or when it could not be begun.
            if (IsDryRun)
                await CountAsync(cancellationToken);
            return;
        }

        await CopyRunsAsync(_found, _places, cancellationToken);
        if (!HasModels || _isOld)
            return;
        await foreach (MovedModel model in Models(cancellationToken))
            await _models!.FillAsync(model, cancellationToken);
        await CopyTracesAsync(_found, cancellationToken);
    }

    private IAsyncEnumerable<MovedRun> Runs(CancellationToken cancellationToken) => part?.Runs.Values.ToAsyncEnumerable() ?? shared.Source.RunsAsync(experiment, cancellationToken);

    private IAsyncEnumerable<MovedModel> Models(CancellationToken cancellationToken) => part?.Models.Values.ToAsyncEnumerable() ?? shared.Source.ModelsAsync(experiment, cancellationToken);

    private IAsyncEnumerable<MovedTrace> Traces(CancellationToken cancellationToken) => part is null ? shared.Source.TracesAsync(experiment, cancellationToken) : AsyncEnumerable.Empty<MovedTrace>();

    /// <summary>All of it would be copied.</summary>
    private async Task CountAsync(CancellationToken cancellationToken)
    {
        await foreach (MovedRun _ in Runs(cancellationToken))
            Count.Runs.Copied();
        if (experiment.IsDeleted)
            return;
        await foreach (MovedModel _ in Models(cancellationToken))
            Count.Models.Copied();
        await foreach (MovedTrace _ in Traces(cancellationToken))
            Count.Traces.Copied();
    }

    private async Task BeginModelsAsync(TargetExperiment found, IRunPlaces places, CancellationToken cancellationToken)
    {
        LoggedModelTargets targets = await LoggedModelTargets.ReadAsync(shared.Rest, found, cancellationToken);
        _models = new LoggedModelMove(shared.Rest, targets, shared.Runs, Files(), shared.Models, Count, IsDryRun);
        await foreach (MovedModel model in Models(cancellationToken))
            await _models.BeginAsync(model, run => places.IdAsync(run, experiment.Id, cancellationToken), cancellationToken);
    }

    private async Task CopyRunsAsync(TargetExperiment found, IRunPlaces places, CancellationToken cancellationToken)
    {
        if (!IsDryRun && found is { IsDeleted: false, IsCopy: true })
            await shared.Experiments.UpdateTagsAsync(experiment, found, cancellationToken);
        bool isOpen = !found.IsDeleted;
        bool withRuns = experiment.IsDeleted && (found.IsDeleted || await shared.Experiments.HasOnlyCopiesAsync(found, cancellationToken));
        var opened = new Lazy<Task>(() => isOpen ? Task.CompletedTask : shared.Experiments.RestoreAsync(found, cancellationToken));
        var move = new RunMove(shared, _target, places, Files(), Count, withRuns, () => opened.Value);
        await EachAsync(Runs(cancellationToken), (run, token) => TryAsync(move, run, token), cancellationToken);
        if (Count.Folderless > 0)
            Count.Notes.Enqueue($"{Count.Folderless} runs of '{experiment.Name}' have no folder of artifacts: they logged none, or --artifacts is another folder than theirs");
        bool wasDeleted = found.IsDeleted && opened.IsValueCreated, isToBe = experiment.IsDeleted && !found.IsDeleted;
        if (wasDeleted && !IsDryRun)
            await shared.Experiments.DeleteAsync(found, cancellationToken);
        else if (isToBe && part is null)
            await DeleteAsync(found, withRuns, cancellationToken);
    }

    private async Task CopyTracesAsync(TargetExperiment found, CancellationToken cancellationToken)
    {
        var move = new TraceMove(shared.Source, shared.Rest, found, shared.Runs, shared.Models, Count, IsDryRun);
        await EachAsync(Traces(cancellationToken), (trace, token) => new ValueTask(move.CopyAsync(trace, token)), cancellationToken);
        if (move.Spanless > 0)
            Count.Notes.Enqueue($"{move.Spanless} traces of '{experiment.Name}' have no spans that can be read: they go on, or --artifacts is another folder than theirs");
    }

    private async Task DeleteAsync(TargetExperiment target, bool withRuns, CancellationToken cancellationToken)
    {
        // Asked again: somebody may have logged into it meanwhile.
        if (!withRuns || !await shared.Experiments.HasOnlyCopiesAsync(target, cancellationToken))
            Count.Notes.Enqueue($"experiment '{target.Name}' stays in {shared.Rest.Name}, though it was deleted in {shared.Source.Name}: it has more than copies that nobody changed");
        else if (!IsDryRun)
            await shared.Experiments.DeleteAsync(target, cancellationToken);
    }

    private async ValueTask TryAsync(RunMove move, MovedRun run, CancellationToken cancellationToken)
    {
        try
        {
            await move.CopyAsync(run, cancellationToken);
        }
        catch (Exception e) when (Mover.IsOfOne(e))
        {
            Count.Failed(run.Place, e);
        }
    }

    private FileMove Files() => new(shared.Source, new RestFiles(shared.Rest), Count);

    private Task EachAsync<T>(IAsyncEnumerable<T> all, Func<T, CancellationToken, ValueTask> work, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = shared.Plan.Parallel, CancellationToken = cancellationToken }, work);
}
