using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Answered rows, as far as their model's <see cref="LogPolicy"/> wants them, in segments on the blob store. Appending never waits and never
/// fails: predictions matter more than their record. Segments go out in the background, whole or not at all; while the store is away they
/// wait in a bounded buffer, and when that is full new records are dropped, counted in <see cref="DroppedRows"/> and reported. A crash loses
/// at most the last <see cref="PredictionLogOptions.SegmentAge"/>; a clean end loses nothing.
/// </summary>
public sealed class PredictionLog : IAsyncDisposable
{
    /// <summary>The container of segments, <c>[folder of the model]/[path]</c>.</summary>
    internal const string Container = PredictionPaths.Container;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of a packed segment whose memory is kept for the next.</summary>
    private const int MaxKept = 4 << 20;

    private readonly IBlobStore _blobs;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PredictionLogOptions _options;
    private readonly Func<string, DateTimeOffset, CancellationToken, Task<bool>> _isFormers;
    private readonly PredictionBuffer _buffer;
    private readonly BackgroundFlush _background;
    private readonly SemaphoreSlim _writing = new(1, 1);

    // One segment is written at a time. Grown anew for each, it would be large objects some times a second, and a full collection of them.
    private MemoryStream _packed = new();
    private long _dropped;
    private int _failures;

    /// <param name="isFormers">Whether what was predicted by a name at a time was of a model that has it no longer: it is not to come back. Default: nothing is.</param>
    public PredictionLog(
        IBlobStore blobs, TimeProvider time, IIdSource ids, ILogger logger, PredictionLogOptions? options = null, Func<string, DateTimeOffset, CancellationToken, Task<bool>>? isFormers = null)
    {
        _isFormers = isFormers ?? ((_, _, _) => Task.FromResult(false));
        _blobs = blobs;
        _time = time;
        _logger = logger;
        _options = options ?? new PredictionLogOptions();
        _buffer = new PredictionBuffer(_options, ids.NewId());
        _background = new BackgroundFlush(WriteOutAsync, Tick, time);
    }

    /// <summary>Rows that were not recorded because the buffer was full or the store refused them for good.</summary>
    public long DroppedRows => Interlocked.Read(ref _dropped);

    /// <summary>Rows in memory, not yet on the store.</summary>
    public long BufferedRows => _buffer.Rows;

    /// <summary>False: the record was dropped.</summary>
    public bool Append(PredictionRecord record)
    {
        try
        {
            bool isTaken = _buffer.TryAdd(record, out bool full);
            if (!isTaken)
                Drop(record);
            if (full)
                _background.Wake();
            return isTaken;
        }
        catch (ArgumentException e)
        {
            Interlocked.Add(ref _dropped, record.Rows.Count);
            _logger.RecordsLost(record.Rows.Count, e);
            return false;
        }
    }

    /// <summary>Writes everything appended so far. If it fails, the records stay in memory.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        _buffer.SealBefore(DateTimeOffset.MaxValue);
        return WriteSealedAsync(cancellationToken);
    }

    /// <summary>
    /// Logged rows with <paramref name="from"/> &lt;= time &lt; <paramref name="to"/>, in order of their segments (roughly of time), at
    /// most <paramref name="limit"/>. What this process appended before the call is included.
    /// </summary>
    /// <exception cref="MlOpsException">Unavailable <c>prediction-segment-damaged</c>, naming the segment.</exception>
    public async IAsyncEnumerable<LoggedPrediction> ReadAsync(
        string model, DateTimeOffset from, DateTimeOffset to, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (limit <= 0)
            yield break;
        int left = limit;
        await foreach (LoggedPrediction logged in ReadAsync(model, from, to, LogFilter.Everything, cancellationToken))
        {
            yield return logged;
            if (--left == 0)
                yield break;
        }
    }

    /// <summary>The rows that are wanted; what is not is not read whole. A segment never changes, so who reads again can leave out what it has read, and misses nothing that was written late.</summary>
    internal async IAsyncEnumerable<LoggedPrediction> ReadAsync(
        string model, DateTimeOffset from, DateTimeOffset to, LogFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (LogSegment segment in SegmentsAsync(model, from, to, cancellationToken))
        {
            if (!filter.Wants(segment.Path))
                continue;
            await using SegmentReader reader = await OpenAsync(segment, cancellationToken);
            while (await reader.NextAsync(cancellationToken) && !IsPastSample(segment, filter, reader.Head))
            {
                if (reader.Head.Time >= from && reader.Head.Time < to && filter.Wants(reader.Head))
                    yield return reader.Row();
            }
        }
    }

    /// <summary>The fronts of all rows of a time.</summary>
    internal async IAsyncEnumerable<RowHead> HeadsAsync(string model, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (LogSegment segment in SegmentsAsync(model, from, to, cancellationToken))
        {
            await using SegmentReader reader = await OpenAsync(segment, cancellationToken);
            while (await reader.NextAsync(cancellationToken))
            {
                if (reader.Head.Time >= from && reader.Head.Time < to)
                    yield return reader.Head;
            }
        }
    }

    /// <summary>What may have rows of [from, to), in order of time, with what this process has appended.</summary>
    internal async IAsyncEnumerable<LogSegment> SegmentsAsync(
        string model, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        foreach (string prefix in PredictionPaths.Prefixes(model, from, to))
        {
            await foreach (BlobInfo blob in _blobs.ListAsync(PredictionPaths.Container, prefix, cancellationToken))
            {
                SegmentNote? note = SegmentNote.Of(blob.Metadata);
                if (note?.Touches(from, to) ?? PredictionPaths.Touches(blob.Path, from, to))
                    yield return new LogSegment(blob.Path, note);
            }
        }
    }

    internal async Task<SegmentReader> OpenAsync(LogSegment segment, CancellationToken cancellationToken) =>
        new(await _blobs.OpenReadAsync(PredictionPaths.Container, segment.Path, null, cancellationToken), segment.Path);

    /// <summary>What is logged of a model lies below it.</summary>
    internal static string FolderOf(string model) => PredictionPaths.Folder(model);

    /// <summary>Whether a segment may have rows since then.</summary>
    internal static bool IsSince(string path, DateTimeOffset time) => PredictionPaths.Touches(path, time, DateTimeOffset.MaxValue);

    /// <summary>Deletes all that was logged of a model.</summary>
    /// <param name="goOn">Called now and then.</param>
    internal async Task ForgetAsync(string model, Func<Task> goOn, CancellationToken cancellationToken)
    {
        // Or else it would be written afterwards.
        await FlushAsync(cancellationToken);
        List<BlobInfo> segments = await _blobs.ListAsync(PredictionPaths.Container, PredictionPaths.All(model), cancellationToken).ToListAsync(cancellationToken);
        foreach (BlobInfo[] some in segments.Chunk(100))
        {
            await goOn();
            foreach (BlobInfo segment in some)
                await _blobs.DeleteAsync(PredictionPaths.Container, segment.Path, null, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _background.DisposeAsync();
        try
        {
            await FlushAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            _logger.RecordsLost(_buffer.Rows, e);
        }

        _writing.Dispose();
    }

    /// <summary>Whether the segment's sample has all rows that are wanted, and this one is behind the last of them.</summary>
    private static bool IsPastSample(LogSegment segment, LogFilter filter, RowHead row) =>
        segment.Note is { } note && filter.Below <= note.Below && row.Key >= filter.Below;

    private async Task WriteOutAsync()
    {
        _buffer.SealBefore(_time.GetUtcNow() - _options.SegmentAge);
        try
        {
            await WriteSealedAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            _logger.SegmentKept(_buffer.Peek()?.Path ?? "", ++_failures, e);
        }
    }

    private async Task WriteSealedAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            while (_buffer.Peek() is { } segment)
            {
                await WriteAsync(segment, cancellationToken);
                _buffer.Written(segment);
                _failures = 0;
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task WriteAsync(PredictionBuffer.Segment segment, CancellationToken cancellationToken)
    {
        PredictionBuffer.Segment? rest = segment;
        try
        {
            while ((rest = await FormerRows.WithoutAsync(rest!, at => IsFormersAsync(segment, at, cancellationToken))) is not null)
            {
                SegmentNote note = await PredictionSegment.WriteAsync(rest, _packed);
                await _blobs.WriteAsync(PredictionPaths.Container, segment.Path, _packed, BlobWriteOptions.Create with { Metadata = note.ToMetadata() }, cancellationToken);
                if (!await IsFormersAsync(segment, rest.Index.First, cancellationToken))
                    break;
                // Deleted meanwhile, perhaps after all of the model's had been looked for.
                await _blobs.DeleteAsync(PredictionPaths.Container, segment.Path, null, cancellationToken);
            }

            Interlocked.Add(ref _dropped, segment.Rows - (rest?.Rows ?? 0));
        }
        catch (MlOpsException e) when (e.Code == "blob-exists")
        {
            // An earlier attempt was written though its answer was lost; the bytes are these.
        }
        catch (Exception e) when (e is ArgumentException or MlOpsException { Kind: ErrorKind.Invalid or ErrorKind.TooLarge })
        {
            // It can never be written; kept, it would hold up all that comes after it.
            Interlocked.Add(ref _dropped, segment.Rows);
            _logger.RecordsLost(segment.Rows, e);
        }
        finally
        {
            if (_packed.Capacity > MaxKept)
                _packed = new MemoryStream();
            if (rest is not null && rest != segment)
            {
                rest.Lines.Return();
                rest.Index.Return();
            }
        }
    }

    /// <summary>A shadow is one of the model's.</summary>
    private Task<bool> IsFormersAsync(PredictionBuffer.Segment segment, DateTimeOffset at, CancellationToken cancellationToken) =>
        _isFormers(Shadows.ShadowMirror.ModelOf(segment.Key.Model), at, cancellationToken);

    private void Drop(PredictionRecord record)
    {
        long before = Interlocked.Add(ref _dropped, record.Rows.Count) - record.Rows.Count;
        if (before / _options.BufferedRows != (before + record.Rows.Count) / _options.BufferedRows || before == 0)
            _logger.RecordsDropped(record.Model, _buffer.Rows);
    }
}
