using System.Text.Json;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>
/// Trains a model on a data set version and records it as a run. Idempotent by run id: a finished run is answered from its record; one
/// that was broken off or failed starts over and ends the same, since split and fit follow from the seed and every write may be repeated.
/// </summary>
/// <param name="limits">What a training may take; checked against each job.</param>
public sealed class ModelTrainer(
    DatasetCatalog datasets, ExperimentTracker tracker, ModelStore models, TrainerCatalog trainers, TimeProvider time, TrainingLimits limits)
{
    /// <summary>The artifact that a finished run's result is read from; written last.</summary>
    private const string ResultPath = "training.json";

    /// <param name="progress">Iterations over all fits of the job, folds included.</param>
    /// <exception cref="MlOpsException">
    /// NotFound data set; Invalid trainer, parameters, split or data: the run is kept as Failed with the message. Conflict
    /// <c>param-changed</c>: the run id was used for another job; that run is left as it is. TooLarge <c>instance-too-small</c>,
    /// <c>training-too-long</c>: beyond the limits.
    /// </exception>
    public async Task<TrainedModel> TrainAsync(TrainingJob job, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        DatasetVersion asked = await datasets.GetAsync(job.Data, cancellationToken);
        Run run = await tracker.StartRunAsync(Start(job, asked), cancellationToken);
        if (run.Status == RunStatus.Finished)
            return await ReadResultAsync(job.RunId, cancellationToken);
        await tracker.LogParamsAsync(job.RunId, TrainingRecord.Params(job), cancellationToken);
        try
        {
            DatasetVersion data = await datasets.GetAsync(DatasetRef.Parse(run.Lineage.Dataset!), cancellationToken);
            MemoryEstimate.Check(limits, job, data);
            TrainedModel trained = await FitInTimeAsync(job, run, data, progress, cancellationToken);
            await tracker.EndRunAsync(job.RunId, RunStatus.Finished, null, cancellationToken);
            return trained;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A stopped host is no failure: that run stays open and starts over.
            await tracker.EndRunAsync(job.RunId, RunStatus.Failed, e.Message, CancellationToken.None);
            throw;
        }
    }

    private async Task<TrainedModel> FitInTimeAsync(TrainingJob job, Run run, DatasetVersion data, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        if (limits.Time is not { } limit)
            return await FitAsync(job, run, data, progress, cancellationToken);
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return await FitAsync(job, run, data, progress, either.Token);
        }
        catch (OperationCanceledException e) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw TooLong(job, data, limit, e);
        }
    }

    private MlOpsException TooLong(TrainingJob job, DatasetVersion data, TimeSpan limit, Exception cause) => new(
        ErrorKind.TooLarge,
        "training-too-long",
        $"training '{job.Trainer}' on {data.Ref} ({data.Rows:N0} rows) did not end within {limit.TotalMinutes:0.#} minutes, which is all that this host allows: "
        + $"{limits.Advice}, or use fewer trees or iterations, or a sample of the rows",
        cause);

    private async Task<TrainedModel> FitAsync(TrainingJob job, Run run, DatasetVersion data, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        ITrainer trainer = trainers.Get(job.Trainer);
        var record = new TrainingRecord(tracker, run);
        Table table = await datasets.LoadAsync(data, cancellationToken);
        DataSplit split = DataSplitter.Split(table, job.Split, job.Spec.Target, job.Spec.Task);
        // Fits take all cores for minutes; the caller's thread may have to answer requests.
        Fit fit = await Task.Run(() => Fit.Run(trainer, job, table, split, progress, cancellationToken), cancellationToken);
        ModelRef model = await models.SaveAsync(fit.Model, cancellationToken);
        var trained = new TrainedModel(job.RunId, model, fit.Training, fit.Validation, fit.Folds);

        await record.LogMetricsAsync(trained, fit.Losses, cancellationToken);
        await record.LogModelAsync(fit.Model, model, models, cancellationToken);
        await record.LogDataAsync(table.Take(split.Train), split, cancellationToken);
        await record.LogJsonAsync(ResultPath, trained, cancellationToken);
        return trained;
    }

    private async Task<TrainedModel> ReadResultAsync(string runId, CancellationToken cancellationToken)
    {
        await using Stream json = await tracker.OpenArtifactAsync(runId, ResultPath, cancellationToken);
        return (await JsonSerializer.DeserializeAsync<TrainedModel>(json, WorkflowJson.Options, cancellationToken))!;
    }

    private static RunStart Start(TrainingJob job, DatasetVersion data) => new(
        job.RunId,
        job.Experiment,
        job.RunName,
        new RunLineage(data.Ref.ToString(), data.Digest, job.SpecDigest, job.CodeVersion, job.PipelineRun),
        job.Tags);
}
