using System.Collections.Concurrent;

namespace MlOps.Cli.Moving;

/// <summary>Finds the runs of the target that what is copied after the runs names: of logged models, traces and versions.</summary>
/// <param name="known">The id that the copy of a run has, or would have; null when it is not known.</param>
internal sealed class RunLookup(IMoveSource source, MlflowRest rest, ExperimentTargets experiments, Func<string, string?> known)
{
    private readonly RestSource _target = new(rest);
    private readonly ConcurrentDictionary<string, MovedRun?> _found = new(StringComparer.Ordinal);

    /// <summary>The run of the target that is the copy of one of the source, or its original; null when there is none.</summary>
    public async Task<MovedRun?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (_found.TryGetValue(id, out MovedRun? cached))
            return cached;
        // Its metrics and params are not needed, and may be many.
        MovedRun? run = await ReadAsync(id, cancellationToken) is { } read ? read with { Params = [], Tags = [], Latest = [], Datasets = [] } : null;
        return _found[id] = run;
    }

    private async Task<MovedRun?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        if (known(id) is { } copy && await _target.FindRunAsync(copy, cancellationToken) is { } run && run.Tag(MoveTags.Run) == id)
            return run;
        if (await source.FindRunAsync(id, cancellationToken) is not { } original)
            return null;
        if (original.Tag(MoveTags.Run) is { } home && home != id && await _target.FindRunAsync(home, cancellationToken) is { } first)
            return first;
        return original.ExperimentId is { } experiment ? await SearchAsync(original, experiment, cancellationToken) : null;
    }

    /// <summary>By its tag in the copy of its experiment, or of a copy that came home by its id.</summary>
    private async Task<MovedRun?> SearchAsync(MovedRun original, string experimentId, CancellationToken cancellationToken)
    {
        MovedExperiment? of = await source.ExperimentsAsync(cancellationToken).FirstOrDefaultAsync(e => e.Id == experimentId, cancellationToken);
        if (of is null || await experiments.FindAsync(of, cancellationToken) is not { } target)
            return null;
        if (original.Tag(MoveTags.Run) == original.Id && await _target.FindRunAsync(original.Id, cancellationToken) is { } same)
            return same;
        return await _target.FindCopyAsync(target.Id, original.Id, cancellationToken);
    }
}
