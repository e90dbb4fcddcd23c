using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Shadows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>
/// Answers prediction requests: chooses the version, binds the rows to its signature, scores, counts and logs.
/// What the caller got wrong counts as rejected; what the version got wrong (does not load, throws, gives no number) counts as its error.
/// </summary>
public sealed class Predictor(
    Router router, ServedVersions versions, ModelCache models, TrafficStats stats, PredictionLog log, ShadowMirror shadows, TimeProvider time, ILogger logger)
{
    /// <summary>Longest request id.</summary>
    public const int MaxRequestId = 128;

    /// <inheritdoc cref="PredictAsync(PredictionCall, IRequestRows, CancellationToken)"/>
    public Task<PredictionResult> PredictAsync(PredictionRequest request, CancellationToken cancellationToken) =>
        PredictAsync(request.Call, new TableRows(request.Rows), cancellationToken);

    /// <summary>Predicts for rows that are bound to the chosen version's signature.</summary>
    /// <exception cref="MlOpsException">NotFound (model, version, endpoint); Invalid from the rows; Unavailable <c>model-load</c>, <c>model-score</c>.</exception>
    public async Task<PredictionResult> PredictAsync(PredictionCall call, IRequestRows rows, CancellationToken cancellationToken)
    {
        RequestIds.Check(call.RequestId);
        Route? route = call.VersionOrAlias is null ? await router.RouteAsync(call, cancellationToken) : null;
        ModelVersion version = await ChooseAsync(call, route, cancellationToken);
        IModel model = await LoadAsync(call, version, cancellationToken);
        PredictionResult result = Answer(call, version, model, rows);
        if (route is { } taken)
            router.Answered(taken);
        return result;
    }

    /// <summary>The asked version, or else the one with the endpoint's stable traffic, loaded: for metadata and readiness.</summary>
    public async Task<(ModelVersion Version, IModel Model)> DescribeAsync(string model, string? versionOrAlias, CancellationToken cancellationToken)
    {
        ModelVersion version = versionOrAlias is { } asked
            ? await versions.ResolveAsync(model, asked, cancellationToken)
            : await versions.GetAsync(model, (await router.StateAsync(model, cancellationToken)).StableVersion ?? throw EndpointStore.Missing(model), cancellationToken);
        return (version, await models.GetAsync(version, cancellationToken));
    }

    private ValueTask<ModelVersion> ChooseAsync(PredictionCall call, Route? route, CancellationToken cancellationToken) => route is { } taken
        ? versions.GetAsync(call.Model, taken.Version, cancellationToken)
        : versions.ResolveAsync(call.Model, call.VersionOrAlias, cancellationToken);

    private async Task<IModel> LoadAsync(PredictionCall call, ModelVersion version, CancellationToken cancellationToken)
    {
        try
        {
            return await models.GetAsync(version, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(call, version, "model-load", "could not be loaded", e);
        }
    }

    private PredictionResult Answer(PredictionCall call, ModelVersion version, IModel model, IRequestRows rows)
    {
        using FeatureRows numbers = FeatureRows.Rent(model.Signature);
        Table? table = Bind(call, version, model, rows, numbers);
        Predictions predictions = Score(call, version, model, table, numbers);
        RecordedRows recorded = table is null ? numbers.Record() : new RecordedRows(table);
        var record = new PredictionRecord(call.Model, version.Version, call.RequestId, time.GetUtcNow(), recorded, predictions);
        log.Append(record);
        shadows.Offer(record);
        return new PredictionResult(call.RequestId, call.Model, version.Version, predictions, model.Signature);
    }

    /// <summary>Null when <paramref name="numbers"/> has the rows.</summary>
    private Table? Bind(PredictionCall call, ModelVersion version, IModel model, IRequestRows rows, FeatureRows numbers)
    {
        try
        {
            return model is IRowScorer && rows.TryRead(numbers) ? null : rows.Bind(new RequestBinder(model.Signature));
        }
        catch (MlOpsException)
        {
            stats.Rejected(call.Model, version.Version);
            ServingMetrics.Rejected(call.Model, version.Version);
            throw;
        }
    }

    private Predictions Score(PredictionCall call, ModelVersion version, IModel model, Table? table, FeatureRows numbers)
    {
        long started = time.GetTimestamp();
        try
        {
            Predictions predictions = table is null ? numbers.Score((IRowScorer)model).ToPredictions() : model.Score(table);
            TimeSpan latency = time.GetElapsedTime(started);
            CheckFinite(predictions);
            stats.Answered(call.Model, version.Version, latency);
            ServingMetrics.Answered(call.Model, version.Version, latency);
            return predictions;
        }
        catch (Exception e)
        {
            throw Failed(call, version, "model-score", "failed to score it", e);
        }
    }

    private static void CheckFinite(Predictions predictions)
    {
        for (int i = 0; i < predictions.Scores.Length; i++)
        {
            if (!double.IsFinite(predictions.Scores[i]))
                throw new InvalidOperationException($"the model gave {predictions.Scores[i]} as score {i}");
        }
    }

    private MlOpsException Failed(PredictionCall call, ModelVersion version, string code, string what, Exception cause)
    {
        stats.Failed(call.Model, version.Version);
        ServingMetrics.Failed(call.Model, version.Version);
        logger.PredictionFailed(call.Model, version.Version, call.RequestId, cause);
        return new MlOpsException(
            ErrorKind.Unavailable, code, $"request '{call.RequestId}': version {version.Version} of '{call.Model}' {what}: {cause.Message}", cause);
    }
}
