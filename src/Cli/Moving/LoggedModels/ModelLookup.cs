using System.Collections.Concurrent;

namespace MlOps.Cli.Moving.LoggedModels;

/// <summary>Finds the logged models of the target that runs, traces and versions name. Those of the move itself are known as they are begun.</summary>
internal sealed class ModelLookup(IMoveSource source, MlflowRest rest, ExperimentTargets experiments)
{
    private readonly ConcurrentDictionary<string, string?> _ids = new(StringComparer.Ordinal);

    public void Know(string original, string copy) => _ids[original] = copy;

    /// <summary>The id of the copy of a logged model of the source, or of its original; null when there is none.</summary>
    public async Task<string?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (_ids.TryGetValue(id, out string? known))
            return known;
        return _ids[id] = await ReadAsync(id, cancellationToken);
    }

    private async Task<string?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        if (await LoggedModelAnswers.FindAsync(rest, id, cancellationToken) is { } kept && kept.Tag(MoveTags.Model) == id)
            return id;
        if (await source.FindModelAsync(id, cancellationToken) is not { ExperimentId: { } experimentId } model)
            return null;
        MovedExperiment? of = await source.ExperimentsAsync(cancellationToken).FirstOrDefaultAsync(e => e.Id == experimentId, cancellationToken);
        if (of is null || await experiments.FindAsync(of, cancellationToken) is not { } target)
            return null;
        return (await LoggedModelTargets.ReadAsync(rest, target, cancellationToken)).Find(model)?.Id;
    }
}
