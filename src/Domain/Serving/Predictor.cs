using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Admission;
using MlOps.Domain.Serving.Batches;
using MlOps.Domain.Serving.Explanations;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Serving.Shadows;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>
/// Answers prediction requests: chooses the version, binds the rows to its signature, scores, counts and logs.
/// What the caller got wrong counts as rejected; what the version got wrong (does not load, throws, gives no number) counts as its error.
/// </summary>
public sealed class Predictor(
    Router router, ServedVersions versions, ModelCache models, TrafficStats stats, PredictionLog log, LogPolicies policies, ShadowMirror shadows, TimeProvider time, ILogger logger)
{
    /// <summary>Longest request id.</summary>
    public const int MaxRequestId = 128;

    private readonly Doors _doors = new(stats);
    private readonly MicroBatchers _batchers = new(time);

    /// <inheritdoc cref="PredictAsync(PredictionCall, IRequestRows, CancellationToken)"/>
    public Task<PredictionResult> PredictAsync(PredictionRequest request, CancellationToken cancellationToken) =>
        PredictAsync(request.Call, new TableRows(request.Rows), cancellationToken);

    /// <summary>Predicts for rows that are bound to the chosen version's signature.</summary>
    /// <exception cref="MlOpsException">NotFound (model, version, endpoint); Invalid from the rows; Unavailable <c>model-load</c>, <c>model-warmup</c>, <c>model-too-large</c>, <c>model-busy</c>; Failed <c>model-score</c>.</exception>
    public async Task<PredictionResult> PredictAsync(PredictionCall call, IRequestRows rows, CancellationToken cancellationToken)
    {
        RequestIds.Check(call.RequestId);
        Route? route = call.VersionOrAlias is null ? await router.RouteAsync(call, cancellationToken) : null;
        if (route is null)
            router.Named(call);
        ModelVersion version = await ChooseAsync(call, route, cancellationToken);
        // Whom the traffic sent here has waited for the endpoint's state already: a store that hangs makes nobody wait twice.
        EndpointSettings? settings = (route is null ? await router.FindAsync(call.Model, cancellationToken) : router.Known(call.Model))?.Settings;
        using Place place = await _doors.EnterAsync(call.Model, version.Version, settings?.Concurrency, cancellationToken);
        try
        {
            Task<IModel> load = models.GetAsync(version, cancellationToken);
            IModel model = load.IsCompletedSuccessfully ? load.Result : await LoadedAsync(load, call, version, cancellationToken);
            LogRule rule = await policies.InForceAsync(call.Model, cancellationToken);
            MicroBatcher? batcher = settings?.Batching is null ? null : _batchers.Of(version);
            (PredictionResult result, bool isKept) = batcher?.Ask() == true
                ? await GatheredAsync(call, version, model, rows, rule, batcher, settings!.Batching!, cancellationToken)
                : Answer(call, version, model, rows, rule, batcher);
            if (isKept && route is { } taken)
                router.Met(taken);
            return result;
        }
        catch (MlOpsException) when (route is not null)
        {
            // It counts as failed or as rejected: the unit is not lost.
            router.Met(route.Value);
            throw;
        }
    }

    /// <summary>As <see cref="PredictAsync(PredictionCall, IRequestRows, CancellationToken)"/>, with how much each feature did to it.</summary>
    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c>; TooLarge <c>explain-too-large</c>; and as there.</exception>
    public async Task<ExplainedResult> ExplainAsync(PredictionCall call, IRequestRows rows, ExplainOptions options, CancellationToken cancellationToken)
    {
        var explained = new ExplainedRows(rows, options, cancellationToken);
        PredictionResult result = await PredictAsync(call, explained, cancellationToken);
        models.Explained(explained.Model!);
        return explained.Explain(result);
    }

    private ValueTask<ModelVersion> ChooseAsync(PredictionCall call, Route? route, CancellationToken cancellationToken) => route is { } taken
        ? versions.GetAsync(call.Model, taken.Version, cancellationToken)
        : versions.ResolveAsync(call.Model, call.VersionOrAlias, cancellationToken);

    private async Task<IModel> LoadedAsync(Task<IModel> load, PredictionCall call, ModelVersion version, CancellationToken cancellationToken)
    {
        try
        {
            return await load;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Count(call, version, e, unseen: false);
            MlOpsException failure = LoadFailure.Of(version, e);
            throw new MlOpsException(failure.Kind, failure.Code, $"request '{call.RequestId}': {failure.Message}", e) { RetryAfter = failure.RetryAfter };
        }
    }

    private (PredictionResult Result, bool IsKept) Answer(PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, LogRule rule, MicroBatcher? batcher)
    {
        using FeatureRows numbers = FeatureRows.Rent(model.Signature);
        Table? table = Bind(call, version, model, rows, numbers, rule);
        Predictions predictions = Score(call, version, model, table, numbers, rule, batcher);
        bool isKept = Record(call, version, Wanted(call, version, table, numbers, rule), predictions, rule);
        return (new PredictionResult(call.RequestId, call.Model, version.Version, predictions, model.Signature), isKept);
    }

    /// <summary>Scores the rows together with those of other requests for the version.</summary>
    private async Task<(PredictionResult Result, bool IsKept)> GatheredAsync(
        PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, LogRule rule, MicroBatcher batcher, MicroBatching settings, CancellationToken cancellationToken)
    {
        (BatchRows gathered, RecordedRows? recorded) = Copy(call, version, model, rows, rule);
        Predictions predictions;
        try
        {
            (predictions, TimeSpan latency) = await batcher.ScoreAsync(model, gathered, settings, cancellationToken);
            Scored(call, version, predictions, latency);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw InfiniteInput.Find(model.Signature, gathered.Table, gathered.Numbers) is { } infinite ? Refused(call, version, infinite) : Failed(call, version, e, rule);
        }

        bool isKept = Record(call, version, recorded, predictions, rule);
        return (new PredictionResult(call.RequestId, call.Model, version.Version, predictions, model.Signature), isKept);
    }

    /// <summary>The bound rows, copied: the numbers belong to this thread.</summary>
    private (BatchRows Rows, RecordedRows? Recorded) Copy(PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, LogRule rule)
    {
        using FeatureRows numbers = FeatureRows.Rent(model.Signature);
        Table? table = Bind(call, version, model, rows, numbers, rule);
        return (table is null ? BatchRows.Of(numbers) : BatchRows.Of(table), Wanted(call, version, table, numbers, rule));
    }

    /// <summary>The rows to keep. Of a request that is neither logged nor mirrored nothing is copied: null.</summary>
    private RecordedRows? Wanted(PredictionCall call, ModelVersion version, Table? table, FeatureRows numbers, LogRule rule) =>
        !rule.Takes(call.RequestId, call.Arrival.Draw) && (call.Arrival.IsNamed || !shadows.Wants(call.Model, version.Version, call.RequestId, call.Arrival.Draw)) ? null
        : table is null ? numbers.Record() : new RecordedRows(table);

    /// <summary>False: the log was to have the rows, and could not take them.</summary>
    private bool Record(PredictionCall call, ModelVersion version, RecordedRows? rows, Predictions predictions, LogRule rule)
    {
        if (rows is null)
            return true;
        var record = new PredictionRecord(call.Model, version.Version, call.RequestId, time.GetUtcNow(), rows, predictions, rule) { Arrival = Kept(call, rule) };
        bool isKept = !rule.Takes(call.RequestId, call.Arrival.Draw) || log.Append(record);
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

    /// <summary>Counts what the caller got wrong.</summary>
    private MlOpsException Refused(PredictionCall call, ModelVersion version, MlOpsException problem)
    {
        stats.Rejected(call.Model, version.Version, call.Arrival);
        ServingMetrics.Rejected(call.Model, version.Version);
        return problem;
    }

    private Predictions Score(PredictionCall call, ModelVersion version, IModel model, Table? table, FeatureRows numbers, LogRule rule, MicroBatcher? batcher)
    {
        long started = time.GetTimestamp();
        try
        {
            Predictions predictions = table is null ? numbers.Score((IRowScorer)model).ToPredictions() : model.Score(table);
            TimeSpan latency = time.GetElapsedTime(started);
            batcher?.Took(latency);
            Scored(call, version, predictions, latency);
            return predictions;
        }
        catch (Exception e)
        {
            throw InfiniteInput.Find(model.Signature, table, numbers.Values) is { } infinite ? Refused(call, version, infinite) : Failed(call, version, e, rule);
        }
    }

    private void Scored(PredictionCall call, ModelVersion version, Predictions predictions, TimeSpan latency)
    {
        ScoreCheck.Finite(predictions);
        stats.Answered(call.Model, version.Version, latency, call.Arrival);
        ServingMetrics.Answered(call.Model, version.Version, latency);
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

    /// <param name="unseen">The cause may quote a value that must not be seen.</param>
    private void Count(PredictionCall call, ModelVersion version, Exception cause, bool unseen)
    {
        stats.Failed(call.Model, version.Version, call.Arrival);
        ServingMetrics.Failed(call.Model, version.Version);
        if (unseen)
            logger.PredictionFailedUnseen(call.Model, version.Version, call.RequestId, cause.GetType().Name);
        else
            logger.PredictionFailed(call.Model, version.Version, call.RequestId, cause);
    }
}
