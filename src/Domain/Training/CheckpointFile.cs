using Microsoft.Extensions.Logging;
using MlOps.Domain.Experiments;

namespace MlOps.Domain.Training;

/// <summary>The checkpoint of a run under way, as an artifact of it; each replaces the one before.</summary>
internal sealed class CheckpointFile(ExperimentTracker tracker, string runId, ILogger logger)
{
    public const string Path = "training.checkpoint";

    /// <summary>What a store says of a file that it cannot read any more, though it can replace it.</summary>
    private const string Corrupt = "blob-corrupt";

    /// <summary>Where to begin.</summary>
    public async Task<TrainingCheckpoint> LoadAsync(string identity, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        try
        {
            await using Stream stored = await tracker.OpenArtifactAsync(runId, Path, cancellationToken);
            await stored.CopyToAsync(file, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code is "artifact-missing" or Corrupt)
        {
            if (e.Code == Corrupt)
                TrainingLog.Damaged(logger, runId, e);
            return TrainingCheckpoint.Begin;
        }

        return TrainingCheckpoint.Read(file.GetBuffer().AsMemory(0, (int)file.Length), identity) ?? TrainingCheckpoint.Begin;
    }

    public async Task SaveAsync(TrainingCheckpoint checkpoint, string identity, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream(checkpoint.Write(identity));
        await tracker.LogArtifactAsync(runId, Path, file, cancellationToken);
    }

    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await tracker.DeleteArtifactAsync(runId, Path, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == Corrupt)
        {
            // A damaged file is not deleted by the store, but replaced; left where it is nobody could list the run's files.
            await tracker.LogArtifactAsync(runId, Path, Stream.Null, cancellationToken);
            await tracker.DeleteArtifactAsync(runId, Path, cancellationToken);
        }
    }
}
