using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.CrashHost;

/// <summary>The real gbdt, for which five minutes pass with each tree: a training of some trees takes several pieces.</summary>
internal sealed class SlowTrainer(QuickClock clock) : IResumableTrainer
{
    private readonly IResumableTrainer _inner = (IResumableTrainer)TrainerCatalog.Default.Get("gbdt");

    public string Name => _inner.Name;

    public IReadOnlyList<TrainerParameter> Parameters => _inner.Parameters;

    public IFitSession Begin(TrainingSpec spec, Table training, Table? validation, ReadOnlyMemory<byte> checkpoint, CancellationToken cancellationToken) =>
        new Session(clock, _inner.Begin(spec, training, validation, checkpoint, cancellationToken));

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
        _inner.Fit(spec, training, validation, progress, cancellationToken);

    private sealed class Session(QuickClock clock, IFitSession inner) : IFitSession
    {
        public IModel? Run(Func<bool>? pause, IProgress<TrainingProgress>? progress) => inner.Run(pause is null ? null : () => IsDue(pause), progress);

        public byte[]? Checkpoint() => inner.Checkpoint();

        private bool IsDue(Func<bool> pause)
        {
            clock.Leap(TimeSpan.FromMinutes(5));
            return pause();
        }
    }
}
