using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving;

/// <summary>
/// Requests, errors and latencies per model version, counted in memory and written about once a second, so that any process can
/// read what all processes did. A window is exact to the second for its first ten minutes of age, to the minute for two days, to the hour
/// for sixty, then to the day (UTC), and begins with the first whole stretch after its begin; it is complete from there however long it is.
/// </summary>
public sealed class TrafficStats : IAsyncDisposable
{
    /// <summary>Most bytes of what could not be written, the present stretches of each version and all days apart; the counters have equal parts of it.</summary>
    private const long MostHeld = 64 << 20;

    /// <summary>Rows written at a time: so many of the largest there can be are within a batch's bytes.</summary>
    private const int Batch = EntityLimits.BatchBytes / (EntityLimits.PropertyBytes * 5 / 4);

    private readonly IEntityTable _tables;
    private readonly TimeProvider _time;
    private readonly string _writer;
    private readonly long _mostHeld;
    private readonly Func<string, int, bool>? _hasTraffic;
    private readonly ConcurrentDictionary<(string Model, int Version, bool IsNamed), TrafficCounter> _counters = new();
    private readonly IdleCounters _idle;
    private readonly CounterFlush _flush;
    private readonly TrafficCleaning _cleaning;

    /// <param name="hasTraffic">Whether a version of a model has traffic now; null: none is known to have any.</param>
    public TrafficStats(IEntityTable tables, TimeProvider time, IIdSource ids, ILogger logger, Func<string, int, bool>? hasTraffic = null)
        : this(tables, time, ids, logger, MostHeld, hasTraffic)
    {
    }

    internal TrafficStats(IEntityTable tables, TimeProvider time, IIdSource ids, ILogger logger, long mostHeld, Func<string, int, bool>? hasTraffic = null)
    {
        _tables = tables;
        _time = time;
        _writer = ids.NewId();
        _mostHeld = mostHeld;
        _hasTraffic = hasTraffic;
        _cleaning = new TrafficCleaning(tables, time);
        _idle = new IdleCounters(time);
        _flush = new CounterFlush(
            WriteAsync, time, logger, () => _cleaning.CleanAsync(_counters.Keys.Select(k => TrafficTable.Partition(k.Model, k.Version, k.IsNamed)).Union(_idle.Partitions())));
    }

    /// <summary>Versions that are counted in memory.</summary>
    internal int Held => _counters.Count;

    /// <summary>Bytes of stretches that are over and not yet written.</summary>
    internal long HeldBytes => _counters.Values.Sum(c => c.Held);

    /// <summary>The version answered.</summary>
    public void Answered(string model, int version, TimeSpan latency) => Answered(model, version, latency, default);

    /// <param name="arrival">How the request came: those that named the version are counted apart.</param>
    internal void Answered(string model, int version, TimeSpan latency, Arrival arrival) => Answered(model, version, latency, arrival, _time.GetUtcNow());

    /// <param name="at">Now.</param>
    internal void Answered(string model, int version, TimeSpan latency, Arrival arrival, DateTimeOffset at) => Counter(model, version, arrival.IsNamed).Count((latency, arrival.UnitCluster), at, static (cell, answered) =>
    {
        cell.Requests++;
        cell.Latency.Add(answered.latency);
        if (answered.UnitCluster > 0)
            cell.OfUnits().AddAnswered(answered.UnitCluster - 1, answered.latency);
    });

    /// <summary>The version could not answer, through no fault of the caller.</summary>
    public void Failed(string model, int version) => Failed(model, version, default);

    internal void Failed(string model, int version, Arrival arrival) => Counter(model, version, arrival.IsNamed).Count(cell =>
    {
        cell.Requests++;
        cell.Errors++;
        if (arrival.UnitCluster > 0)
            cell.OfUnits().AddFailed(arrival.UnitCluster - 1);
    });

    /// <summary>The caller's input was wrong.</summary>
    public void Rejected(string model, int version) => Rejected(model, version, default);

    internal void Rejected(string model, int version, Arrival arrival) => Counter(model, version, arrival.IsNamed).Count(cell =>
    {
        cell.Rejected++;
        if (arrival.UnitCluster > 0)
            cell.OfUnits().AddRejected(arrival.UnitCluster - 1);
    });

    /// <summary>There was no place for the request; of a shadow: its copy was left out.</summary>
    public void Refused(string model, int version) => Counter(model, version, isNamed: false).Count(cell => cell.Refused++);

    /// <summary>What the version did since then, in all processes (others' counts come a second or two late). A begun second counts from its end.</summary>
    public async Task<TrafficWindow> ReadAsync(string model, int version, DateTimeOffset since, CancellationToken cancellationToken)
    {
        TrafficCell sum = await SumAsync(model, version, isNamed: false, since, cancellationToken);
        sum.Add(await SumAsync(model, version, isNamed: true, since, cancellationToken));
        return sum.ToWindow();
    }

    /// <summary>As <see cref="ReadAsync"/>, without the requests of those who named the version: what the traffic brought it is evidence, what testers choose to ask is none.</summary>
    public async Task<TrafficWindow> ReadRoutedAsync(string model, int version, DateTimeOffset since, CancellationToken cancellationToken) =>
        (await SumAsync(model, version, isNamed: false, since, cancellationToken)).ToWindow();

    private async Task<TrafficCell> SumAsync(string model, int version, bool isNamed, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        long second = since.ToUnixTimeSeconds() + (since.Ticks % TimeSpan.TicksPerSecond == 0 ? 0 : 1);
        var sum = new TrafficCell();
        foreach (EntityRange range in TrafficTable.Since(second, _time.GetUtcNow().ToUnixTimeSeconds()))
        {
            await foreach (Entity row in _tables.ScanAsync(TrafficTable.Name, TrafficTable.Partition(model, version, isNamed), range, cancellationToken))
                sum.Add(TrafficTable.ToCell(row));
        }

        return sum;
    }

    /// <summary>Writes what was counted so far. If it fails, the counts stay in memory.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => _flush.FlushAsync(cancellationToken);

    public ValueTask DisposeAsync() => _flush.DisposeAsync();

    private TrafficCounter Counter(string model, int version, bool isNamed) => _counters.TryGetValue((model, version, isNamed), out TrafficCounter? counter)
        ? counter
        : _counters.GetOrAdd((model, version, isNamed), new TrafficCounter(_time, _idle.NextWriter(_writer), () => _mostHeld / Math.Max(1, _counters.Count)));

    private async Task WriteAsync(string partition, TrafficCounter counter, CancellationToken cancellationToken)
    {
        (long second, IReadOnlyList<(string Start, SealedCell Cell)> rows) = counter.Take();
        if (rows.Count == 0)
            return;
        try
        {
            foreach ((string Start, SealedCell Cell)[] batch in rows.Chunk(Batch))
                await _tables.WriteAsync(TrafficTable.Name, [.. batch.Select(r => EntityWrite.Upsert(TrafficTable.ToEntity(partition, r.Start, counter.Writer, r.Cell)))], cancellationToken);
            counter.Written(second);
        }
        catch
        {
            counter.NotWritten();
            throw;
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach (((string model, int version, bool isNamed), TrafficCounter counter) in _counters)
            await WriteAsync(TrafficTable.Partition(model, version, isNamed), counter, cancellationToken);
        foreach ((string partition, TrafficCounter counter) in _idle.Leaving())
            await WriteAsync(partition, counter, cancellationToken);
        // Counted here: the dictionary takes all its locks for it.
        int held = _counters.Count;
        foreach (((string Model, int Version, bool IsNamed) key, TrafficCounter counter) in _counters)
        {
            bool early = held > IdleCounters.Many && _hasTraffic?.Invoke(key.Model, key.Version) != true;
            if (_idle.Leaves(TrafficTable.Partition(key.Model, key.Version, key.IsNamed), counter, early) && _counters.TryRemove(key, out _))
                held--;
        }
    }
}
