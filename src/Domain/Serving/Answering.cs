using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Batches;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Shadows;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>Answers a request whose version and model are known: binds the rows, scores, counts, records.</summary>
internal sealed class Answering(TrafficStats stats, PredictionLog log, ShadowMirror shadows, TimeProvider time, ILogger logger)
{
    /// <summary>False for the second: the log was to have the rows, and could not take them.</summary>
    public (PredictionResult Result, bool IsKept) Answer(PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, LogRule rule, MicroBatcher? batcher)
    {
        using FeatureRows numbers = FeatureRows.Rent(model.Signature);
        Table? table = Bind(call, version, model, rows, numbers, rule);
        return Answer(call, version, model, table, numbers, rule, batcher);
    }

    /// <summary>As <see cref="Answer(PredictionCall, ModelVersion, IModel, IRequestRows, LogRule, MicroBatcher)"/>, of rows that are read straight into numbers; null where they cannot be, and nothing is counted.</summary>
    public (PredictionResult Result, bool IsKept)? TryAnswer(PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, LogRule rule)
    {
        if (model is not IRowScorer)
            return null;
        using FeatureRows numbers = FeatureRows.Rent(model.Signature);
        return TryRead(call, version, model, rows, numbers) ? Answer(call, version, model, null, numbers, rule, null) : null;
    }

    /// <summary>Scores the rows together with those of other requests for the version.</summary>
    public async Task<(PredictionResult Result, bool IsKept)> GatheredAsync(
        PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, LogRule rule, MicroBatcher batcher, MicroBatching settings, CancellationToken cancellationToken)
    {
        Uses uses = UsesOf(call, version, rule);
        (BatchRows gathered, RecordedRows? recorded) = Copy(call, version, model, rows, rule, uses);
        Predictions predictions;
        try
        {
            (predictions, TimeSpan latency) = await batcher.ScoreAsync(model, gathered, settings, cancellationToken);
            Scored(call, version, predictions, latency, time.GetUtcNow());
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw InfiniteInput.Find(model, gathered.Table, gathered.Numbers) is { } infinite ? Refused(call, version, infinite) : Failed(call, version, e, rule);
        }

        bool isKept = Record(call, version, recorded, uses, predictions, rule, time.GetUtcNow());
        return (new PredictionResult(call.RequestId, call.Model, version.Version, predictions, model.Signature), isKept);
    }

    /// <summary>Counts and tells that the version failed.</summary>
    /// <param name="unseen">The cause may quote a value that must not be seen.</param>
    public void Count(PredictionCall call, ModelVersion version, Exception cause, bool unseen)
    {
        stats.Failed(call.Model, version.Version, call.Arrival);
        ServingMetrics.Failed(call.Model, version.Version);
        if (unseen)
            logger.PredictionFailedUnseen(call.Model, version.Version, call.RequestId, cause.GetType().Name);
        else
            logger.PredictionFailed(call.Model, version.Version, call.RequestId, cause);
    }

    private (PredictionResult Result, bool IsKept) Answer(PredictionCall call, ModelVersion version, IModel model, Table? table, FeatureRows numbers, LogRule rule, MicroBatcher? batcher)
    {
        Predictions predictions = Score(call, version, model, table, numbers, rule, batcher, out DateTimeOffset at);
        Uses uses = UsesOf(call, version, rule);
        // The log is done with its rows at once; a copy waits.
        RecordedRows? rows = uses == Uses.None ? null : table is not null ? new RecordedRows(table) : uses == Uses.Log ? numbers.Lend() : numbers.Record();
        bool isKept = Record(call, version, rows, uses, predictions, rule, at);
        return (new PredictionResult(call.RequestId, call.Model, version.Version, predictions, model.Signature), isKept);
    }

    /// <summary>The bound rows, copied: the numbers belong to this thread.</summary>
    private (BatchRows Rows, RecordedRows? Recorded) Copy(PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, LogRule rule, Uses uses)
    {
        using FeatureRows numbers = FeatureRows.Rent(model.Signature);
        Table? table = Bind(call, version, model, rows, numbers, rule);
        return (table is null ? BatchRows.Of(numbers) : BatchRows.Of(table), uses == Uses.None ? null : table is null ? numbers.Record() : new RecordedRows(table));
    }

    /// <summary>What the rows are to be kept for. Asked once a request: in between it may change.</summary>
    private Uses UsesOf(PredictionCall call, ModelVersion version, LogRule rule) =>
        (rule.Takes(call.RequestId, call.Arrival.Draw) ? Uses.Log : Uses.None)
        | (!call.Arrival.IsNamed && shadows.Wants(call.Model, version.Version, call.RequestId, call.Arrival.Draw) ? Uses.Shadow : Uses.None);

    /// <summary>False: the log was to have the rows, and could not take them.</summary>
    /// <param name="rows">Null where nobody is to have them: nothing is copied of them.</param>
    private bool Record(PredictionCall call, ModelVersion version, RecordedRows? rows, Uses uses, Predictions predictions, LogRule rule, DateTimeOffset at)
    {
        if (rows is null)
            return true;
        var record = new PredictionRecord(call.Model, version.Version, call.RequestId, at, rows, predictions, rule) { Arrival = Kept(call, rule) };
        bool isKept = !uses.HasFlag(Uses.Log) || log.Append(record);
        if (uses.HasFlag(Uses.Shadow))
            shadows.Offer(record);
        return isKept;
    }

    /// <summary>The log keeps the server's number only of what is sampled by it.</summary>
    private Arrival Kept(PredictionCall call, LogRule rule) =>
        rule.Policy.Sample < 1 || shadows.IsPartial(call.Model) ? call.Arrival : call.Arrival with { Draw = 0 };

    /// <summary>Null when <paramref name="numbers"/> has the rows.</summary>
    private Table? Bind(PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, FeatureRows numbers, LogRule rule)
    {
        try
        {
            rows.Meet(model);
            Table? table = model is IRowScorer && rows.TryRead(numbers) ? null : rows.Bind(new RequestBinder(model.Signature, rule));
            // Of rows of any kind: scores that belong to nobody would count as the version's fault.
            return (table?.RowCount ?? numbers.Count) > 0 ? table : throw RequestBinder.Empty(model.Signature);
        }
        catch (MlOpsException e)
        {
            Refused(call, version, e);
            throw;
        }
    }

    private bool TryRead(PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, FeatureRows numbers)
    {
        try
        {
            rows.Meet(model);
            return rows.TryRead(numbers) && numbers.Count > 0;
        }
        catch (MlOpsException e)
        {
            Refused(call, version, e);
            throw;
        }
    }

    /// <summary>Counts what the caller got wrong.</summary>
    private MlOpsException Refused(PredictionCall call, ModelVersion version, MlOpsException problem)
    {
        stats.Rejected(call.Model, version.Version, call.Arrival);
        ServingMetrics.Rejected(call.Model, version.Version);
        return problem;
    }

    /// <summary>The model threw, or gave no number: asked again it would do the same.</summary>
    private MlOpsException Failed(PredictionCall call, ModelVersion version, Exception cause, LogRule rule)
    {
        Count(call, version, cause, rule.HidesAny);
        string message = $"request '{call.RequestId}': version {version.Version} of '{call.Model}' failed to score it";
        return rule.HidesAny
            ? MlOpsException.Failed("model-score", $"{message} ({cause.GetType().Name}; the rest is left out, since features of the model are redacted)")
            : new MlOpsException(ErrorKind.Failed, "model-score", $"{message}: {cause.Message}", cause);
    }

    private Predictions Score(
        PredictionCall call, ModelVersion version, IModel model, Table? table, FeatureRows numbers, LogRule rule, MicroBatcher? batcher, out DateTimeOffset at)
    {
        long started = time.GetTimestamp();
        try
        {
            Predictions predictions = table is null ? numbers.Score((IRowScorer)model).ToPredictions() : model.Score(table);
            TimeSpan latency = time.GetElapsedTime(started);
            batcher?.Took(latency);
            Scored(call, version, predictions, latency, at = time.GetUtcNow());
            return predictions;
        }
        catch (Exception e)
        {
            throw InfiniteInput.Find(model, table, numbers.Values) is { } infinite ? Refused(call, version, infinite) : Failed(call, version, e, rule);
        }
    }

    private void Scored(PredictionCall call, ModelVersion version, Predictions predictions, TimeSpan latency, DateTimeOffset at)
    {
        ScoreCheck.Finite(predictions);
        stats.Answered(call.Model, version.Version, latency, call.Arrival, at);
        ServingMetrics.Answered(call.Model, version.Version, latency);
    }

    [Flags]
    private enum Uses
    {
        None = 0,
        Log = 1,
        Shadow = 2,
    }
}
