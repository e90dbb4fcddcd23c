using MlOps.Domain.Experiments;

namespace MlOps.Domain.Training;

/// <summary>The checkpoint of a run under way, as an artifact of it; each replaces the one before.</summary>
internal sealed class CheckpointFile(ExperimentTracker tracker, string runId)
{
    public const string Path = "training.checkpoint";

    /// <summary>Where to begin.</summary>
    public async Task<TrainingCheckpoint> LoadAsync(string identity, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        try
        {
            await using Stream stored = await tracker.OpenArtifactAsync(runId, Path, cancellationToken);
            await stored.CopyToAsync(file, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "artifact-missing")
        {
            return TrainingCheckpoint.Begin;
        }

        return TrainingCheckpoint.Read(file.GetBuffer().AsMemory(0, (int)file.Length), identity) ?? TrainingCheckpoint.Begin;
    }

    public async Task SaveAsync(TrainingCheckpoint checkpoint, string identity, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream(checkpoint.Write(identity));
        await tracker.LogArtifactAsync(runId, Path, file, cancellationToken);
    }

    public Task DeleteAsync(CancellationToken cancellationToken) => tracker.DeleteArtifactAsync(runId, Path, cancellationToken);
}
