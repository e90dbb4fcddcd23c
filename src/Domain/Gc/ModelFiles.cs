using System.Runtime.CompilerServices;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Storage;
using MlOps.Domain.Training;

namespace MlOps.Domain.Gc;

/// <summary>
/// Files of models that nothing names: no version of any model, and no run that is there, deleted or not, trained it or was made for it. A file
/// that is stored again becomes young, so one that was old when the names were read, and is still the same, has no name since.
/// </summary>
internal sealed class ModelFiles(ModelStore models, ModelTrainer trainer, ModelRegistry registry, ExperimentTracker tracker)
{
    /// <summary>Between a file and the run or version that names it less time passes.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromDays(1);

    /// <summary>Those in use between which there is a place to stop at.</summary>
    private const int PerStep = 500;

    /// <param name="after">The path of the file to go on behind; null for the first.</param>
    /// <returns>Where it is, and what to remove there; null for nothing.</returns>
    public async IAsyncEnumerable<(string Path, BlobInfo? File)> ListAsync(
        DateTimeOffset before, DateTimeOffset now, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DateTimeOffset old = before < now - Young ? before : now - Young;
        HashSet<string>? named = null;
        int seen = 0;
        await foreach (BlobInfo file in models.ListAsync(old, cancellationToken).Where(f => after is null || string.CompareOrdinal(f.Path, after) > 0))
        {
            named ??= await NamedAsync(cancellationToken);
            if (!named.Contains(ModelStore.DigestOf(file)))
                yield return (file.Path, file);
            else if (++seen % PerStep == 0)
                yield return (file.Path, null);
        }
    }

    public Task<bool> RemoveAsync(BlobInfo file, CancellationToken cancellationToken) => models.RemoveAsync(file, cancellationToken);

    private async Task<HashSet<string>> NamedAsync(CancellationToken cancellationToken)
    {
        var named = new HashSet<string>(await registry.ListDigestsAsync(cancellationToken), StringComparer.Ordinal);
        foreach (Experiment experiment in await tracker.Catalog.ListAsync(cancellationToken))
        {
            await foreach ((string run, string? tag, bool isTraining) in tracker.Purge.ListTagsAsync(experiment.Id, ModelArtifacts.DigestTag, cancellationToken))
            {
                if (tag is not null)
                    named.Add(tag);
                // Anybody may change a tag.
                if (isTraining && await trainer.FindDigestAsync(run, cancellationToken) is { } digest)
                    named.Add(digest);
            }
        }

        return named;
    }
}
