using MlOps.Domain.Datasets;
using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>One training, whose identity is <paramref name="RunId"/>.</summary>
/// <param name="Data">Without a version: the latest one when the run first starts; a restart keeps to that one.</param>
/// <param name="Spec">Target, task, features, trainer parameters, seed.</param>
/// <param name="SpecDigest">Digest of the pipeline document or spec, for the lineage.</param>
/// <param name="CodeVersion">Version of this program, for the lineage.</param>
public sealed record TrainingJob(
    string RunId,
    string Experiment,
    string RunName,
    DatasetRef Data,
    SplitSpec Split,
    string Trainer,
    TrainingSpec Spec,
    string SpecDigest,
    string CodeVersion,
    IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>Instance id of the pipeline run that this is part of, for the lineage.</summary>
    public string? PipelineRun { get; init; }
}

/// <summary>What a training gave. The test rows were not looked at.</summary>
/// <param name="Training">Metrics on the rows the model learned from: they flatter.</param>
/// <param name="Validation">Metrics on the validation rows, to choose between trainers; null without such rows.</param>
/// <param name="CrossValidation">Null unless the split asks for folds.</param>
public sealed record TrainedModel(
    string RunId,
    ModelRef Model,
    MetricSet Training,
    MetricSet? Validation = null,
    CrossValidationResult? CrossValidation = null)
{
    /// <summary>What the constant answer of the training rows gives where the model was measured: on the validation rows, else on the training rows. Null of trainings before it was kept.</summary>
    public MetricSet? Baseline { get; init; }

    /// <summary>How `auto` chose; null where the trainer was given.</summary>
    public AutoReport? Auto { get; init; }
}
