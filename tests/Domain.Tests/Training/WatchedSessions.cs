using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

/// <summary>The real gbdt under its own name, which tells of each session how large the checkpoint was that it began with.</summary>
internal sealed class WatchedSessions(Action<int>? before = null) : IResumableTrainer
{
    private readonly IResumableTrainer _inner = (IResumableTrainer)TrainerCatalog.Default.Get("gbdt");

    public List<int> Begun { get; } = [];

    public string Name => _inner.Name;

    public IReadOnlyList<TrainerParameter> Parameters => _inner.Parameters;

    public IFitSession Begin(TrainingSpec spec, Table training, Table? validation, ReadOnlyMemory<byte> checkpoint, CancellationToken cancellationToken)
    {
        Begun.Add(checkpoint.Length);
        before?.Invoke(Begun.Count);
        return _inner.Begin(spec, training, validation, checkpoint, cancellationToken);
    }

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
        throw new NotSupportedException("the trainer fits by sessions");
}
