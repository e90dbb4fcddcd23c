using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers;

/// <summary>A trainer whose fit can be broken off after any iteration and gone on with, in this process or in another.</summary>
public interface IResumableTrainer : ITrainer
{
    /// <summary>Prepares a fit, or goes on with one. However it was cut into pieces, it ends with the bytes that <see cref="ITrainer.Fit"/> gives.</summary>
    /// <param name="validation">As for <see cref="ITrainer.Fit"/>.</param>
    /// <param name="checkpoint">
    /// What <see cref="IFitSession.Checkpoint"/> gave for the same fit; empty for a new one. What is damaged, of another fit or of another
    /// version is ignored: the fit begins anew.
    /// </param>
    /// <param name="cancellationToken">Also ends <see cref="IFitSession.Run"/>; the session is of no use afterwards.</param>
    /// <exception cref="MlOpsException">As for <see cref="ITrainer.Fit"/>.</exception>
    IFitSession Begin(TrainingSpec spec, Table training, Table? validation, ReadOnlyMemory<byte> checkpoint, CancellationToken cancellationToken);
}

/// <summary>A fit under way. Not thread-safe.</summary>
public interface IFitSession
{
    /// <summary>Iterates until the fit has ended, or until <paramref name="pause"/> says so after an iteration; then call it again, or keep a checkpoint.</summary>
    /// <param name="pause">Null: never.</param>
    /// <param name="progress">Gets each iteration once in the life of the session, first those before its checkpoint: a listener has the whole curve.</param>
    /// <returns>The model, which ends the session; null when paused.</returns>
    IModel? Run(Func<bool>? pause, IProgress<TrainingProgress>? progress);

    /// <summary>All that a later session needs to go on from here, checksummed; null when that is too large to keep, so that the fit must go on in this process.</summary>
    byte[]? Checkpoint();
}
