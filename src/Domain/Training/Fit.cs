using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>The computing part of a training, without any store: cross-validation if asked for, the fit, its metrics.</summary>
internal sealed record Fit(
    IModel Model, MetricSet Training, MetricSet? Validation, CrossValidationResult? Folds, IReadOnlyList<TrainingProgress> Losses)
{
    public static Fit Run(
        ITrainer trainer, TrainingJob job, Table table, DataSplit split, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        TrainingSpec spec = job.Spec;
        int folds = job.Split.Folds;
        CrossValidationResult? crossValidation = folds == 0 ? null : CrossValidation.Run(
            trainer, spec, table.Take([.. split.Known.Order()]), job.Split, progress, folds + 1, cancellationToken);

        Table train = table.Take(split.Train);
        Table? validation = split.Validation.Length == 0 ? null : table.Take(split.Validation);
        var losses = new LossHistory(new StageProgress(progress, folds, folds + 1));
        IModel model = trainer.Fit(spec, train, validation, losses, cancellationToken);
        return new Fit(
            model,
            ModelMetrics.Compute(model, train, spec.Target),
            validation is null ? null : ModelMetrics.Compute(model, validation, spec.Target),
            crossValidation,
            losses.Reports);
    }
}
