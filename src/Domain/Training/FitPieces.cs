using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>
/// Carries out the fits of a training, folds first, from where its checkpoint stands: keeps a checkpoint now and then, and stops when the
/// piece's time is over. A trainer that cannot be broken off stops between two fits only.
/// </summary>
/// <param name="keep">Stores a checkpoint.</param>
/// <param name="notKept">Is told when that failed because the store is away, and the fit goes on without.</param>
internal sealed class FitPieces(TrainingCheckpoint begin, PieceClock clock, Func<TrainingCheckpoint, Task> keep, Action<Exception> notKept)
{
    private readonly List<MetricSet> _folds = [.. begin.Folds];
    private ReadOnlyMemory<byte> _fit = begin.Fit;

    public IReadOnlyList<MetricSet> Folds => _folds;

    /// <returns>Null when it is handed over.</returns>
    public async Task<IModel?> FitAsync(
        ITrainer trainer, TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        if (trainer is not IResumableTrainer resumable)
            return trainer.Fit(spec, training, validation, progress, cancellationToken);
        IFitSession session = resumable.Begin(spec, training, validation, _fit, cancellationToken);
        _fit = default;
        Func<bool>? pause = () => clock.PauseIsDue;
        while (true)
        {
            if (session.Run(pause, progress) is { } model)
                return model;
            if (session.Checkpoint() is not { } state)
                pause = null;
            else if (await HandsOverAsync(state))
                return null;
        }
    }

    /// <returns>False when the next fit is for the next piece.</returns>
    public async Task<bool> AddFoldAsync(MetricSet metrics)
    {
        _folds.Add(metrics);
        return !clock.PauseIsDue || !await HandsOverAsync(default);
    }

    private async Task<bool> HandsOverAsync(ReadOnlyMemory<byte> fit)
    {
        bool handOver = clock.HandOverIsDue;
        try
        {
            await keep(new TrainingCheckpoint(_folds, fit));
        }
        catch (Exception e) when (!handOver && e is IOException or MlOpsException { Kind: ErrorKind.Unavailable })
        {
            // Hours of fitting are worth more than one checkpoint; the next may be stored again.
            notKept(e);
        }

        clock.Kept();
        return handOver;
    }
}
