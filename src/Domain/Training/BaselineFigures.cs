using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>What doing nothing gives: the constant answer of the training rows, measured like a model.</summary>
public static class BaselineFigures
{
    internal const string Trainer = "baseline";

    /// <summary>Metrics of the constant that is best on <paramref name="training"/>, on other rows or the same.</summary>
    public static MetricSet Of(TrainingSpec spec, Table training, Table rows) =>
        ModelMetrics.Compute(Fit(TrainerCatalog.Default, spec, training), rows, spec.Target, spec.Weight);

    internal static IModel Fit(TrainerCatalog trainers, TrainingSpec spec, Table training) =>
        trainers.Get(Trainer).Fit(spec with { Parameters = new Dictionary<string, string>() }, training, null, null, CancellationToken.None);
}
