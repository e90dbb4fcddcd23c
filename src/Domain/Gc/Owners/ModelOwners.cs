using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Training;

namespace MlOps.Domain.Gc.Owners;

/// <summary>Files of models: those that a version of any model names, or a run that is there, deleted or not, which trained it or was made for it.</summary>
/// <param name="named">Their digests, where they were read a short while ago; null to read them when they are asked for.</param>
/// <param name="goOn">Called now and then.</param>
internal sealed class ModelOwners(ModelTrainer trainer, ModelRegistry registry, ExperimentTracker tracker, NamedModels? named, TimeProvider time, Func<Task> goOn) : IFileOwners
{
    private const int RunsPerStep = 200;

    private readonly List<GcItem> _failed = [];

    /// <summary>What was read; null where it was not asked for.</summary>
    public NamedModels? Named { get; private set; } = named;

    public string Container => ModelStore.Container;

    public bool IsWrittenByWhoRefers => false;

    /// <summary>Each by itself.</summary>
    public string OwnerOf(string path) => path;

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken) =>
        (Named ??= await ReadAsync(cancellationToken)).Digests.Contains(DigestOf(path));

    /// <summary>The file's name is its digest.</summary>
    public static string DigestOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private async Task<NamedModels> ReadAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset at = time.GetUtcNow();
        var named = new HashSet<string>(await registry.ListDigestsAsync(cancellationToken), StringComparer.Ordinal);
        int seen = 0;
        foreach (Experiment experiment in await tracker.Catalog.ListAsync(cancellationToken))
        {
            await foreach ((string run, string? tag, bool isTraining) in tracker.Purge.ListTagsAsync(experiment.Id, ModelArtifacts.DigestTag, cancellationToken))
            {
                if (++seen % RunsPerStep == 0)
                    await goOn();
                if (tag is not null)
                    named.Add(tag);
                // Anybody may change a tag.
                if (isTraining && await FindDigestAsync(run, tag, cancellationToken) is { } digest)
                    named.Add(digest);
            }
        }

        return new NamedModels(named, at);
    }

    /// <summary>Where it cannot be read the tag does; without one no model's file is known to be free.</summary>
    private async Task<string?> FindDigestAsync(string run, string? tag, CancellationToken cancellationToken)
    {
        try
        {
            return await trainer.FindDigestAsync(run, cancellationToken);
        }
        catch (Exception e) when (tag is not null && e is (MlOpsException or IOException or UnauthorizedAccessException))
        {
            _failed.Add(new GcItem(GcKind.Run, run, GcOutcome.Failed, Why: $"which model it trained is taken from its tag '{ModelArtifacts.DigestTag}': {e.Message}"));
            return null;
        }
    }

    public IReadOnlyList<GcItem> TakeFailed()
    {
        GcItem[] taken = [.. _failed];
        _failed.Clear();
        return taken;
    }
}

/// <summary>Digests of models, which are the names of their files, as something named them at a time.</summary>
internal sealed record NamedModels(IReadOnlySet<string> Digests, DateTimeOffset At);
