using System.Text.Json;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>
/// Trains a model on a data set version and records it as a run. Idempotent by run id: a finished run is answered from its record; one
/// that was broken off or failed goes on from its last checkpoint, or starts over, and ends the same, since split and fit follow from the
/// seed and every write may be repeated.
/// </summary>
/// <param name="limits">What a training may take; checked against each job.</param>
public sealed class ModelTrainer(
    DatasetCatalog datasets, ExperimentTracker tracker, ModelStore models, TrainerCatalog trainers, TimeProvider time, TrainingLimits limits, ILogger logger)
{
    /// <summary>The artifact that a finished run's result is read from; written last.</summary>
    private const string ResultPath = "training.json";

    /// <summary>Trains to the end.</summary>
    /// <param name="progress">Iterations over all fits of the job, folds included; those before a checkpoint too.</param>
    /// <exception cref="MlOpsException">
    /// NotFound data set; Invalid trainer, parameters, split or data: the run is kept as Failed with the message. Conflict
    /// <c>param-changed</c>: the run id was used for another job; that run is left as it is. TooLarge <c>instance-too-small</c>,
    /// <c>training-too-long</c>: beyond the limits; <c>training-died</c>: its process did, twice.
    /// </exception>
    public async Task<TrainedModel> TrainAsync(TrainingJob job, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
        (await RunAsync(job, null, progress, cancellationToken)).Trained!;

    /// <summary>Trains until half of the time that the host allows is over; then the run stays open for the next piece, wherever that runs.</summary>
    /// <param name="before">What the piece before answered; at first <see cref="TrainingPieces.None"/>.</param>
    /// <exception cref="MlOpsException">As for <see cref="TrainAsync(TrainingJob, IProgress{TrainingProgress}?, CancellationToken)"/>; TooLarge <c>training-stalled</c>: it gets nowhere.</exception>
    public Task<TrainingPiece> TrainPieceAsync(TrainingJob job, TrainingPieces before, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
        RunAsync(job, before, progress, cancellationToken);

    private async Task<TrainingPiece> RunAsync(TrainingJob job, TrainingPieces? before, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        DatasetVersion asked = await datasets.GetAsync(job.Data, cancellationToken);
        Run run = await tracker.StartRunAsync(Start(job, asked), cancellationToken);
        if (run.Status != RunStatus.Finished)
        {
            await tracker.LogParamsAsync(job.RunId, TrainingRecord.Params(job), cancellationToken);
            if (await GoOnAsync(job, run, before, progress, cancellationToken) is { } pieces)
                return new TrainingPiece(null, pieces);
        }

        // Not before the run has ended: without it a process that dies in between would start over.
        await new CheckpointFile(tracker, job.RunId, logger).DeleteAsync(cancellationToken);
        return new TrainingPiece(await ReadResultAsync(job.RunId, cancellationToken), null);
    }

    /// <returns>Null when the run has ended.</returns>
    private async Task<TrainingPieces?> GoOnAsync(TrainingJob job, Run run, TrainingPieces? before, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var attempts = new TrainingAttempts(tracker, run);
        try
        {
            DatasetVersion data = await datasets.GetAsync(DatasetRef.Parse(run.Lineage.Dataset!), cancellationToken);
            await CheckAsync(job, data, before, cancellationToken);
            await attempts.BeginAsync(job, data, limits.Advice, cancellationToken);
            var latest = new LatestProgress(progress);
            FitPieces? unfinished = await FitInTimeAsync(job, run, data, mayHandOver: before is not null, attempts, latest, cancellationToken);
            await attempts.EndAsync();
            if (unfinished is not null)
                return Add(before!, unfinished, job, latest.Latest);
            await tracker.EndRunAsync(job.RunId, RunStatus.Finished, null, cancellationToken);
            return null;
        }
        catch (OperationCanceledException)
        {
            // A stopped host is no failure: that run stays open and goes on later.
            await attempts.LeaveAsync();
            throw;
        }
        catch (Exception e)
        {
            await attempts.EndAsync();
            await tracker.EndRunAsync(job.RunId, RunStatus.Failed, e.Message, CancellationToken.None);
            throw;
        }
    }

    private async Task CheckAsync(TrainingJob job, DatasetVersion data, TrainingPieces? before, CancellationToken cancellationToken)
    {
        if (limits.Memory is null && limits.Time is null)
            return;
        TableProfile profile = await datasets.ProfileAsync(data, cancellationToken);
        new TrainingNeed(job, data, profile, trainers.Get(job.Trainer)).Check(limits, inPieces: before is not null);
    }

    private TrainingPieces Add(TrainingPieces before, FitPieces now, TrainingJob job, TrainingProgress? latest) => latest is null
        ? before.Add(now.Folds.Count, job.Split.Folds + 1, limits.Advice)
        : before.Add(latest.Done, latest.Total, limits.Advice);

    /// <returns>Null when the model is recorded.</returns>
    private async Task<FitPieces?> FitInTimeAsync(
        TrainingJob job, Run run, DatasetVersion data, bool mayHandOver, TrainingAttempts attempts, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        var clock = new PieceClock(time, mayHandOver ? limits.Time / 2 : null);
        if (limits.Time is not { } limit)
            return await FitAsync(job, run, data, clock, attempts, progress, cancellationToken);
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return await FitAsync(job, run, data, clock, attempts, progress, either.Token);
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

    private async Task<FitPieces?> FitAsync(
        TrainingJob job, Run run, DatasetVersion data, PieceClock clock, TrainingAttempts attempts, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        ITrainer trainer = trainers.Get(job.Trainer);
        Table table = await datasets.LoadAsync(data, cancellationToken);
        DataSplit split = DataSplitter.Split(table, job.Split, job.Spec.Target, job.Spec.Task);
        string identity = TrainingCheckpoint.Identity(job, data, split);
        var file = new CheckpointFile(tracker, job.RunId, logger);
        TrainingCheckpoint begin = await file.LoadAsync(identity, cancellationToken);
        async Task KeepAsync(TrainingCheckpoint checkpoint)
        {
            await file.SaveAsync(checkpoint, identity, cancellationToken);
            await attempts.GotFurtherAsync(cancellationToken);
        }

        var pieces = new FitPieces(begin, clock, KeepAsync, e => TrainingLog.NotKept(logger, job.RunId, e));
        // Fits take all cores for minutes; the caller's thread may have to answer requests.
        if (await Task.Run(() => Fit.RunAsync(trainer, job, table, split, pieces, progress, cancellationToken), cancellationToken) is not { } fit)
            return pieces;
        await RecordAsync(job, run, fit, table, split, cancellationToken);
        return null;
    }

    private async Task RecordAsync(TrainingJob job, Run run, Fit fit, Table table, DataSplit split, CancellationToken cancellationToken)
    {
        var record = new TrainingRecord(tracker, run);
        ModelRef model = await models.SaveAsync(fit.Model, cancellationToken);
        var trained = new TrainedModel(job.RunId, model, fit.Training, fit.Validation, fit.Folds) { Baseline = fit.Baseline, Auto = fit.Auto };
        await record.LogMetricsAsync(trained, fit.Losses, cancellationToken);
        await record.Artifacts.LogModelAsync(fit.Model, model, models, cancellationToken);
        await record.Artifacts.LogExampleAsync(table.Take(ExampleRows.Of(split.Train)), fit.Model.Signature, cancellationToken);
        await record.LogDataAsync(table, split, cancellationToken);
        await record.Artifacts.LogJsonAsync(ResultPath, trained, cancellationToken);
    }

    /// <summary>The digest of the model's file that a run's training ended with; null when it did not end, or the run is of something else.</summary>
    internal async Task<string?> FindDigestAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            return (await ReadResultAsync(runId, cancellationToken)).Model?.Digest;
        }
        catch (Exception e) when (e is MlOpsException { Kind: ErrorKind.NotFound } or JsonException)
        {
            // Gone, or a file of that name that a client uploaded.
            return null;
        }
    }

    private async Task<TrainedModel> ReadResultAsync(string runId, CancellationToken cancellationToken)
    {
        await using Stream json = await tracker.OpenArtifactAsync(runId, ResultPath, cancellationToken);
        return await JsonSerializer.DeserializeAsync<TrainedModel>(json, WorkflowJson.Options, cancellationToken) ?? throw new JsonException($"{ResultPath} of run '{runId}' is null");
    }

    private static RunStart Start(TrainingJob job, DatasetVersion data) => new(
        job.RunId,
        job.Experiment,
        job.RunName,
        new RunLineage(data.Ref.ToString(), data.Digest, job.SpecDigest, job.CodeVersion, job.PipelineRun),
        job.Tags);
}
