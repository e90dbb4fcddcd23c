using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Admission;
using MlOps.Domain.Serving.Batches;
using MlOps.Domain.Serving.Explanations;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Serving.Shadows;
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
    private readonly MicroBatchers _batchers = new(time, (model, version) => router.Known(model)?.Uses(version) == true);
    private readonly Answering _answering = new(stats, log, shadows, time, logger);

    /// <inheritdoc cref="PredictAsync(PredictionCall, IRequestRows, CancellationToken)"/>
    public Task<PredictionResult> PredictAsync(PredictionRequest request, CancellationToken cancellationToken) =>
        PredictAsync(request.Call, new TableRows(request.Rows), cancellationToken);

    /// <inheritdoc cref="TryPredict(PredictionCall, IRequestRows, long)"/>
    public PredictionResult? TryPredict(PredictionCall call, IRequestRows rows) => TryPredict(call, rows, time.GetTimestamp());

    /// <summary>
    /// The answer to a request that the traffic decides, where nothing has to be waited for and nothing is out of the ordinary: what is known of
    /// endpoint, version and log policy is young, the model is loaded, the endpoint has no settings, and the rows can be read straight into numbers. Else null, and
    /// nothing happened: <see cref="PredictAsync(PredictionCall, IRequestRows, CancellationToken)"/> answers it. Both answer alike.
    /// </summary>
    /// <param name="now">A timestamp of a moment ago.</param>
    /// <exception cref="MlOpsException">As there.</exception>
    public PredictionResult? TryPredict(PredictionCall call, IRequestRows rows, long now)
    {
        if (call.VersionOrAlias is not null || router.Young(call.Model, now) is not { Settings: null } endpoint || policies.Young(call.Model, now) is not { } rule)
            return null;
        RequestIds.Check(call.RequestId);
        Route route = router.RouteOf(call, endpoint);
        if (versions.Young(call.Model, route.Version, now) is not { } version)
            return null;
        Task<IModel> load = models.GetAsync(version, CancellationToken.None);
        if (!load.IsCompletedSuccessfully)
            return null;
        _doors.Unlimited(call.Model);
        try
        {
            if (_answering.TryAnswer(call, version, load.Result, rows, rule) is not (PredictionResult result, bool isKept))
                return null;
            if (isKept)
                router.Met(route);
            return result;
        }
        catch (MlOpsException)
        {
            // It counts as failed or as rejected: the unit is not lost.
            router.Met(route);
            throw;
        }
    }

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
                ? await _answering.GatheredAsync(call, version, model, rows, rule, batcher, settings!.Batching!, cancellationToken)
                : _answering.Answer(call, version, model, rows, rule, batcher);
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
            _answering.Count(call, version, e, unseen: false);
            MlOpsException failure = LoadFailure.Of(version, e);
            throw new MlOpsException(failure.Kind, failure.Code, $"request '{call.RequestId}': {failure.Message}", e) { RetryAfter = failure.RetryAfter };
        }
    }
}
