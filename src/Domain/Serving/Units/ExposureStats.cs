using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Units;

/// <summary>
/// Which units met which version since the traffic last changed, over all processes: whether the shares are those that were wanted. Of changes that go on
/// with what was before (<see cref="TrafficChange.Continues"/>) a unit counts once, as of the revision at which it was first met.
/// A unit met a version when it got its answer and its record, or counts as failed or rejected, so what is lost after routing shows.
/// Table <c>exposures</c>, partition = model, row = revision of the endpoint since which it is counted, and writer: the writer's sample. Written about once a second while it changes.
/// </summary>
public sealed class ExposureStats : IAsyncDisposable
{
    private const string Table = "exposures";

    private readonly IEntityTable _tables;
    private readonly string _writer;
    private readonly ConcurrentDictionary<string, Counted> _counted = new(StringComparer.Ordinal);
    private readonly CounterFlush _flush;

    public ExposureStats(IEntityTable tables, TimeProvider time, IIdSource ids, ILogger logger)
    {
        _tables = tables;
        _writer = ids.NewId();
        _flush = new CounterFlush(WriteAsync, time, logger);
    }

    /// <summary>The unit met the version by the endpoint's traffic.</summary>
    public void Met(Endpoint endpoint, string unit, int version) => Add(endpoint, StickyBucket.End(StickyBucket.Add(Salted, unit)), version);

    /// <summary>A request that has no unit met the version.</summary>
    /// <param name="draw">The server's number of it.</param>
    public void Met(Endpoint endpoint, ulong draw, int version) => Add(endpoint, RequestDraws.For(draw, RequestDraws.Exposures), version);

    /// <summary>Distinct units by version, counted since the endpoint got that revision; a sample of some thousands where there are more.</summary>
    public async Task<IReadOnlyDictionary<int, long>> ReadAsync(string model, long revision, CancellationToken cancellationToken) =>
        (await SampleAsync(model, revision, cancellationToken)).ByVersion();

    /// <param name="revision">The endpoint's <see cref="Endpoint.CountedSince"/>.</param>
    internal async Task<UnitSample> SampleAsync(string model, long revision, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        var samples = new List<UnitSample>();
        await foreach (Entity row in _tables.ScanAsync(Table, model, new EntityRange(Prefix: Prefix(revision)), cancellationToken))
            samples.Add(UnitSample.FromBytes(row.Bytes("units")!, row.Bytes("periods")));
        return UnitSample.Merge(samples);
    }

    /// <summary>Deletes what was counted before the endpoint got that revision, whoever wrote it: nobody asks for it any more, and writers die.</summary>
    public async Task CleanAsync(string model, long revision, CancellationToken cancellationToken)
    {
        List<EntityKey> old = [];
        await foreach (Entity row in _tables.ScanAsync(Table, model, new EntityRange(To: Prefix(revision)), cancellationToken))
            old.Add(row.Key);
        foreach (EntityKey key in old)
            await DeleteAsync(key, cancellationToken);
    }

    /// <summary>Writes what was counted so far. If it fails, the counts stay in memory.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => _flush.FlushAsync(cancellationToken);

    public ValueTask DisposeAsync() => _flush.DisposeAsync();

    /// <summary>Another hash than that of the buckets: the sample must not depend on the version.</summary>
    private static readonly ulong Salted = StickyBucket.Begin("exposure");

    private static string Prefix(long revision) => string.Create(CultureInfo.InvariantCulture, $"{revision:D12}-");

    private void Add(Endpoint endpoint, ulong hash, int version) =>
        _counted.GetOrAdd(endpoint.Model, static _ => new Counted()).Add(endpoint.CountedSince, hash, version, (int)(endpoint.Revision - endpoint.CountedSince));

    private async Task WriteAsync(string model, Counted counted, CancellationToken cancellationToken)
    {
        if (counted.Take() is not { } taken)
            return;
        try
        {
            await _tables.WriteAsync(Table, EntityWrite.Upsert(new Entity(model, Prefix(taken.Revision) + _writer) { ["units"] = taken.Units, ["periods"] = taken.Periods }), cancellationToken);
            if (counted.Cleaned == taken.Revision)
                return;
            await CleanAsync(model, taken.Revision, cancellationToken);
            counted.Cleaned = taken.Revision;
        }
        catch
        {
            counted.NotWritten();
            throw;
        }
    }

    private async Task DeleteAsync(EntityKey key, CancellationToken cancellationToken)
    {
        try
        {
            await _tables.WriteAsync(Table, EntityWrite.Delete(key), cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "entity-missing")
        {
            // Another process cleans too.
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach ((string model, Counted counted) in _counted)
            await WriteAsync(model, counted, cancellationToken);
    }

    /// <summary>The sample of a model since the revision it is counted from.</summary>
    private sealed class Counted
    {
        private readonly Lock _gate = new();
        private UnitSample _sample = new();
        private long _revision;
        private ulong _bound = ulong.MaxValue;
        private bool _changed;

        /// <summary>The revision before which all rows were deleted. Only whoever writes uses it.</summary>
        public long Cleaned { get; set; }

        public void Add(long revision, ulong hash, int version, int period)
        {
            // Most requests of a busy endpoint end here, without the lock.
            if (revision == Volatile.Read(ref _revision) && hash >= Volatile.Read(ref _bound))
                return;
            lock (_gate)
            {
                if (revision < _revision)
                    return;
                if (revision > _revision)
                    Restart(revision);
                _changed |= _sample.Add(hash, version, period);
                Volatile.Write(ref _bound, _sample.Bound);
            }
        }

        // The bound goes up first: whoever sees the new revision must not be turned away by the old bound.
        private void Restart(long revision)
        {
            _sample = new UnitSample();
            Volatile.Write(ref _bound, ulong.MaxValue);
            Volatile.Write(ref _revision, revision);
        }

        public (long Revision, byte[] Units, byte[]? Periods)? Take()
        {
            lock (_gate)
            {
                if (!_changed)
                    return null;
                _changed = false;
                (byte[] units, byte[]? periods) = _sample.ToBytes();
                return (_revision, units, periods);
            }
        }

        public void NotWritten()
        {
            lock (_gate)
                _changed = true;
        }
    }
}
