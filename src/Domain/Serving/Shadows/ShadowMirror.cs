using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Shadows;

/// <summary>
/// Lets a shadow version answer copies of what the stable version was asked, behind the caller's back: nobody waits for it, and its
/// answers are never returned. They lie in the prediction log under <see cref="LogName"/> with the request's id and row, to be compared
/// in pairs. Its failures and latencies count as those of any version. When copies come faster than they are answered, new ones are left out.
/// </summary>
public sealed class ShadowMirror : IAsyncDisposable
{
    /// <summary>Copies that may wait.</summary>
    private const int Waiting = 1_000;

    private readonly Router _router;
    private readonly ServedVersions _versions;
    private readonly ModelCache _models;
    private readonly TrafficStats _stats;
    private readonly PredictionLog _log;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<(PredictionRecord Record, int Version)> _copies = Channel.CreateBounded<(PredictionRecord, int)>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    private readonly Task _worker;
    private long _pending;
    private long _left;

    public ShadowMirror(Router router, ServedVersions versions, ModelCache models, TrafficStats stats, PredictionLog log, TimeProvider time, ILogger logger)
    {
        (_router, _versions, _models, _stats, _log, _time, _logger) = (router, versions, models, stats, log, time, logger);
        _worker = Task.Run(AnswerAsync);
    }

    /// <summary>Copies that were not answered because too many waited.</summary>
    public long LeftOut => Interlocked.Read(ref _left);

    /// <summary>Copies not yet answered.</summary>
    public long Pending => Interlocked.Read(ref _pending);

    /// <summary>The name under which the prediction log has a model's shadow answers; no model can be called so.</summary>
    public static string LogName(string model) => $"@shadow-{model}";

    /// <summary>Whether a request that the version answered is to be copied. Allocates nothing.</summary>
    public bool Wants(string model, int version, string requestId) =>
        _router.Known(model) is { Shadow: { } shadow } endpoint && version == endpoint.StableVersion
        && (shadow.BasisPoints == StickyBucket.Count || StickyBucket.Of(endpoint.Salt, requestId) < shadow.BasisPoints);

    /// <summary>Takes a copy of an answered request, if its endpoint has a shadow. Never waits.</summary>
    public void Offer(PredictionRecord answered)
    {
        if (!Wants(answered.Model, answered.Version, answered.RequestId) || _router.Known(answered.Model)?.Shadow is not { } shadow)
            return;
        Interlocked.Increment(ref _pending);
        if (_copies.Writer.TryWrite((answered, shadow.Version)))
            return;
        Interlocked.Decrement(ref _pending);
        Interlocked.Increment(ref _left);
    }

    public async ValueTask DisposeAsync()
    {
        _copies.Writer.TryComplete();
        await _worker;
    }

    private async Task AnswerAsync()
    {
        await foreach ((PredictionRecord record, int version) in _copies.Reader.ReadAllAsync())
        {
            try
            {
                await AnswerAsync(record, version);
            }
            catch (Exception e)
            {
                _stats.Failed(record.Model, version);
                Log(record, version, e);
            }

            Interlocked.Decrement(ref _pending);
        }
    }

    private async Task AnswerAsync(PredictionRecord record, int version)
    {
        ModelVersion shadow = await _versions.GetAsync(record.Model, version, CancellationToken.None);
        IModel model = await _models.GetAsync(shadow, CancellationToken.None);
        if (Bind(record, version, model.Signature) is not { } rows)
            return;
        long started = _time.GetTimestamp();
        Predictions predictions = model.Score(rows);
        TimeSpan latency = _time.GetElapsedTime(started);
        if (!predictions.Scores.All(double.IsFinite))
            throw new InvalidOperationException("the model gave a score that is no finite number");
        _stats.Answered(record.Model, version, latency);
        // The features are in the answered request's own record.
        if (record.Rule?.Takes(record.RequestId) ?? true)
            _log.Append(new PredictionRecord(LogName(record.Model), version, record.RequestId, record.Time, new RecordedRows(new Table([], rows.RowCount)), predictions, record.Rule));
    }

    private void Log(PredictionRecord record, int version, Exception e)
    {
        if (record.Rule is { HidesAny: true })
            _logger.PredictionFailedUnseen(record.Model, version, record.RequestId, e.GetType().Name);
        else
            _logger.PredictionFailed(record.Model, version, record.RequestId, e);
    }

    private Table? Bind(PredictionRecord record, int version, ModelSignature signature)
    {
        try
        {
            return new RequestBinder(signature).Bind(record.Rows.ToTable());
        }
        catch (MlOpsException)
        {
            _stats.Rejected(record.Model, version);
            return null;
        }
    }
}
