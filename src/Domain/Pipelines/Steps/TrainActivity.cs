using MlOps.Domain.Datasets;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>
/// Trains one candidate, or a piece of it, and measures it on the validation rows. The run id comes from the workflow: a second attempt,
/// or the next piece, is the same run.
/// </summary>
internal sealed class TrainActivity(PipelineDocuments documents, DatasetCatalog datasets, ModelTrainer trainer, string codeVersion)
    : Activity<TrainInput, Candidate>
{
    public override string Name => PipelineActivities.Train;

    public override async Task<Candidate> RunAsync(ActivityContext context, TrainInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Run.Document, cancellationToken);
        DatasetVersion version = await datasets.GetAsync(DatasetRef.Parse(input.Dataset), cancellationToken);
        TrainerSection section = spec.Trainers[input.Trainer];
        TrainingJob job = Job(spec, section, version, input, context.InstanceId);
        TrainingPiece piece = input.Pieces is { } before
            ? await trainer.TrainPieceAsync(job, before, null, cancellationToken)
            : new(await trainer.TrainAsync(job, null, cancellationToken), null);
        if (piece.Trained is not { } trained)
            return new(section.Name, input.RunId, "", 0, null) { Unfinished = piece.Unfinished };
        double? value = (trained.Validation ?? trained.Training).Find(spec.Metric);
        return new(section.Name, trained.RunId, trained.Model.Digest, trained.Model.Size, value, OnTrainingRows: trained.Validation is null);
    }

    private TrainingJob Job(PipelineSpec spec, TrainerSection section, DatasetVersion version, TrainInput input, string instanceId)
    {
        var training = new TrainingSpec
        {
            Task = spec.Task,
            Target = spec.Target,
            PositiveClass = spec.PositiveClass,
            Weight = spec.Weight,
            Features = FeatureChoice.Of(spec, version.Schema),
            Parameters = section.Parameters,
            Seed = spec.Seed,
        };
        var tags = new Dictionary<string, string>
        {
            ["pipeline"] = spec.Name,
            ["pipeline.run"] = instanceId,
            ["pipeline.candidate"] = section.Name,
            ["pipeline.trigger"] = WorkflowJson.Write(input.Run.Trigger.Reason).Trim('"'),
        };
        return new(
            input.RunId, spec.Name, $"{section.Name} on {input.Dataset}", version.Ref, spec.Split, section.Trainer, training,
            input.Run.Document, codeVersion, tags)
        { PipelineRun = instanceId };
    }
}
