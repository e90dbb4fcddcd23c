using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Shadows;

/// <summary>
/// Lets a shadow version answer copies of what the stable version was asked, behind the caller's back: nobody waits for it, and its
/// answers are never returned. They lie in the prediction log under <see cref="LogName"/> with the request's id and row, to be compared
/// in pairs. Its failures and latencies count under that name too, apart from those of requests that the version answers. When copies come
/// faster than they are answered, or hold more than memory allows, new ones are left out; so are those for which the version cannot be read or loaded, through no fault of its own, and those that still wait at the end.
/// </summary>
public sealed class ShadowMirror : IAsyncDisposable
{
    private const string ShadowPrefix = "@shadow-";

    /// <summary>Copies that may wait.</summary>
    private const int Waiting = 1_000;

    /// <summary>What waiting copies may hold together (64 MiB): a thousand requests may be as many as the largest bodies.</summary>
    internal const long WaitingBytes = 64L << 20;

    private readonly Router _router;
    private readonly ServedVersions _versions;
    private readonly ModelCache _models;
    private readonly TrafficStats _stats;
    private readonly PredictionLog _log;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Copy> _copies = Channel.CreateBounded<Copy>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _worker;
    private long _pending;
    private long _bytes;
    private long _left;

    public ShadowMirror(Router router, ServedVersions versions, ModelCache models, TrafficStats stats, PredictionLog log, TimeProvider time, ILogger logger)
    {
        (_router, _versions, _models, _stats, _log, _time, _logger) = (router, versions, models, stats, log, time, logger);
        _worker = Task.Run(AnswerAsync);
    }

    /// <summary>Copies that were not answered, of all endpoints; each counts as refused of its version (<see cref="TrafficWindow.Refused"/>).</summary>
    public long LeftOut => Interlocked.Read(ref _left);

    /// <summary>Copies not yet answered, the one being answered too.</summary>
    public long Pending => Interlocked.Read(ref _pending);

    /// <summary>The name under which the prediction log and the counters have a model's shadow answers; no model can be called so.</summary>
    public static string LogName(string model) => ShadowPrefix + model;

    /// <summary>The model whose answers, or whose shadow's, are logged by a name.</summary>
    public static string ModelOf(string logName) => logName.StartsWith(ShadowPrefix, StringComparison.Ordinal) ? logName[ShadowPrefix.Length..] : logName;

    /// <summary>Whether a request that the version answered is to be copied. Allocates nothing.</summary>
    /// <param name="draw">The server's number of it; 0 where there is none.</param>
    public bool Wants(string model, int version, string requestId, ulong draw = 0) =>
        _router.Known(model) is { Shadow: not null } endpoint && version == endpoint.StableVersion && endpoint.Copies(requestId, draw);

    /// <summary>Whether only a part of the model's requests is copied, by the server's number of each.</summary>
    internal bool IsPartial(string model) => _router.Known(model)?.Shadow is { BasisPoints: < StickyBucket.Count };

    /// <summary>Takes a copy of an answered request, if its endpoint has a shadow. Never waits.</summary>
    public void Offer(PredictionRecord answered)
    {
        if (answered.Arrival.IsNamed || !Wants(answered.Model, answered.Version, answered.RequestId, answered.Arrival.Draw) || _router.Known(answered.Model)?.Shadow is not { } shadow)
            return;
        var copy = new Copy(answered, shadow.Version, CopySize.Of(answered));
        Interlocked.Increment(ref _pending);
        if (Interlocked.Add(ref _bytes, copy.Bytes) <= WaitingBytes && _copies.Writer.TryWrite(copy))
            return;
        LetGo(copy);
        LeaveOut(answered.Model, shadow.Version);
    }

    /// <summary>Does not wait for copies: a process that stops has the prediction log to write.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_copies.Writer.TryComplete())
            return;
        await _stop.CancelAsync();
        await _worker;
        _stop.Dispose();
    }

    private async Task AnswerAsync()
    {
        await foreach (Copy copy in _copies.Reader.ReadAllAsync())
        {
            await AnswerAsync(copy.Record, copy.Version);
            LetGo(copy);
        }
    }

    private async Task AnswerAsync(PredictionRecord record, int version)
    {
        try
        {
            if (await ModelAsync(record, version) is { } model)
                Answer(record, version, model);
        }
        catch (Exception e)
        {
            // Whatever a copy is: those behind it, of all endpoints, are answered.
            LeaveOut(record.Model, version);
            Log(record, version, e);
        }
    }

    private void LetGo(Copy copy)
    {
        Interlocked.Add(ref _bytes, -copy.Bytes);
        Interlocked.Decrement(ref _pending);
    }

    /// <summary>Null when there is nothing to answer with, or no time. A store that is away says nothing about the version; a model that cannot be loaded does.</summary>
    private async Task<IModel?> ModelAsync(PredictionRecord record, int version)
    {
        try
        {
            _stop.Token.ThrowIfCancellationRequested();
            return await _models.GetAsync(await _versions.GetAsync(record.Model, version, _stop.Token), _stop.Token);
        }
        catch (Exception e)
        {
            if (e is MlOpsException { Code: "model-file" or "model-missing" or "model-warmup" })
                _stats.Failed(LogName(record.Model), version, record.Arrival);
            else
                LeaveOut(record.Model, version);
            if (!_stop.IsCancellationRequested)
                _logger.PredictionFailed(record.Model, version, record.RequestId, e);
            return null;
        }
    }

    private void Answer(PredictionRecord record, int version, IModel model)
    {
        if (Bind(record, version, model.Signature) is not { } rows)
            return;
        try
        {
            long started = _time.GetTimestamp();
            Predictions predictions = ScoreCheck.Finite(model.Score(rows));
            _stats.Answered(LogName(record.Model), version, _time.GetElapsedTime(started), record.Arrival);
            // The features are in the answered request's own record.
            if (record.Rule?.Takes(record.RequestId, record.Arrival.Draw) ?? true)
                _log.Append(new PredictionRecord(LogName(record.Model), version, record.RequestId, record.Time, new RecordedRows(new Table([], rows.RowCount)), predictions, record.Rule) { Arrival = record.Arrival });
        }
        catch (Exception e)
        {
            _stats.Failed(LogName(record.Model), version, record.Arrival);
            Log(record, version, e);
        }
    }

    private void Log(PredictionRecord record, int version, Exception e)
    {
        if (record.Rule is { HidesAny: true })
            _logger.PredictionFailedUnseen(record.Model, version, record.RequestId, e.GetType().Name);
        else
            _logger.PredictionFailed(record.Model, version, record.RequestId, e);
    }

    private void LeaveOut(string model, int version)
    {
        Interlocked.Increment(ref _left);
        _stats.Refused(LogName(model), version);
        ServingMetrics.LeftOut(model, version);
    }

    private Table? Bind(PredictionRecord record, int version, ModelSignature signature)
    {
        try
        {
            return new RequestBinder(signature).Bind(record.Rows.ToTable());
        }
        catch (MlOpsException)
        {
            _stats.Rejected(LogName(record.Model), version, record.Arrival);
            return null;
        }
    }

    /// <param name="Version">The shadow's.</param>
    private sealed record Copy(PredictionRecord Record, int Version, long Bytes);
}
