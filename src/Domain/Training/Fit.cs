using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>The computing part of a training, without any store: cross-validation if asked for, the fit, its metrics.</summary>
internal sealed record Fit(
    IModel Model, MetricSet Training, MetricSet? Validation, CrossValidationResult? Folds, IReadOnlyList<TrainingProgress> Losses)
{
    /// <summary>Of the constant answer, on the validation rows; without any on the training rows.</summary>
    public required MetricSet Baseline { get; init; }

    /// <summary>Null where the trainer was given.</summary>
    public AutoReport? Auto { get; init; }

    /// <returns>Null when the rest is for the next piece.</returns>
    public static async Task<Fit?> RunAsync(
        ITrainer trainer, TrainingJob job, Table table, DataSplit split, FitPieces pieces, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        TrainingSpec spec = job.Spec;
        int folds = job.Split.Folds;
        CrossValidationResult? crossValidation = folds == 0 ? null : await CrossValidation.RunAsync(
            trainer, spec, table, [.. split.Known.Order()], job.Split, pieces, progress, folds + 1, cancellationToken);
        if (folds > 0 && crossValidation is null)
            return null;

        var rows = new TrainingRows(trainer, spec, table, split.Train, cancellationToken);
        Table train = rows.Training;
        Table? validation = split.Validation.Length == 0 ? null : rows.Take(split.Validation);
        var losses = new LossHistory(new StageProgress(progress, folds, folds + 1));
        AutoReport? auto = null;
        IModel? model;
        if (trainer is AutoTrainer chooser)
            (model, auto) = chooser.Choose(spec, train, losses, cancellationToken);
        else
            model = await pieces.FitAsync(trainer, spec, train, validation, losses, cancellationToken);
        return model is null ? null : new Fit(
            model,
            ModelMetrics.Compute(model, train, spec.Target, spec.Weight),
            validation is null ? null : ModelMetrics.Compute(model, validation, spec.Target, spec.Weight),
            crossValidation,
            losses.Reports)
        {
            Baseline = BaselineFigures.Of(spec, train, validation ?? train),
            Auto = auto,
        };
    }
}
