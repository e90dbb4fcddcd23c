using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

/// <summary>The real gbdt under its own name, which counts its fits and does something before each.</summary>
internal sealed class WatchedTrainer(Action<int>? before = null) : ITrainer
{
    private readonly ITrainer _inner = TrainerCatalog.Default.Get("gbdt");

    public int Fits { get; private set; }

    public string Name => _inner.Name;

    public IReadOnlyList<TrainerParameter> Parameters => _inner.Parameters;

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        Fits++;
        before?.Invoke(Fits);
        return _inner.Fit(spec, training, validation, progress, cancellationToken);
    }
}
