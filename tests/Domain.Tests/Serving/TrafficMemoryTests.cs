using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Storage;
using MlOps.Embedded;

namespace MlOps.Domain.Tests.Serving;

/// <summary>What counters hold while the store is away, or slow.</summary>
public sealed class TrafficMemoryTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Count_OfManyUnitsWhileTheStoreIsAway_StaysWithinItsBoundAndLosesNothing()
    {
        const long Most = 400_000;
        const int Minutes = 90, UnitsAMinute = 300;
        var store = new HeldUpTable(_world.Tables) { Away = true };
        var clock = new Clock { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        DateTimeOffset start = clock.Now;
        await using var stats = new TrafficStats(store, clock, new RandomIds(clock), NullLogger.Instance, Most);
        long highest = 0;
        for (int i = 0; i < Minutes * UnitsAMinute; i++)
        {
            clock.Now = start.AddMinutes((double)i / UnitsAMinute);
            for (int version = 1; version <= 2; version++)
            {
                if (i % 10 == 0)
                    stats.Failed("m", version, new Arrival(1, 1 + (i * 7 % UnitCluster.Count)));
                else
                    stats.Answered("m", version, TimeSpan.FromMilliseconds(1 << (i % 5)), new Arrival(1, 1 + (i * 7 % UnitCluster.Count)));
            }

            if (i % UnitsAMinute != 0)
                continue;
            await Assert.ThrowsAsync<IOException>(() => stats.FlushAsync(None));
            highest = Math.Max(highest, stats.HeldBytes);
        }

        Assert.InRange(highest, Most * 3 / 4, Most);
        store.Away = false;
        await stats.FlushAsync(None);
        Assert.Equal(0, stats.HeldBytes);
        foreach (int version in new[] { 1, 2 })
        {
            TrafficWindow all = await stats.ReadAsync("m", version, start, None);
            Assert.Equal((Minutes * UnitsAMinute, Minutes * UnitsAMinute / 10), (all.Requests, all.Errors));
            Assert.Equal(all.Errors / (double)all.Requests, all.Units!.Errors(all.Errors, all.Requests).Rows.Mean, 9);
            Assert.Equal(UnitCluster.Count, all.Units.Errors(all.Errors, all.Requests).Distinct);
            Assert.Equal(20 * UnitsAMinute, (await stats.ReadAsync("m", version, start.AddMinutes(Minutes - 20), None)).Requests);
        }
    }

    [Fact]
    public async Task Count_WithoutAnyRoomWhileTheStoreIsThere_LosesNothing()
    {
        // Over midnight, where a second, a minute, an hour and a day end with counts that were not written yet.
        var clock = new Clock { Now = new DateTimeOffset(2025, 12, 31, 23, 59, 45, TimeSpan.Zero) };
        DateTimeOffset start = clock.Now;
        await using var stats = new TrafficStats(_world.Tables, clock, new RandomIds(clock), NullLogger.Instance, 1);
        for (int second = 0; second < 30; second++)
        {
            clock.Now = start.AddSeconds(second);
            stats.Failed("m", 1, new Arrival(1, 1 + second));
            await stats.FlushAsync(None);
            stats.Answered("m", 1, TimeSpan.FromMilliseconds(1), new Arrival(1, 1 + second));
        }

        foreach (int since in new[] { 0, 5, 14, 15, 20 })
        {
            TrafficWindow window = await stats.ReadAsync("m", 1, start.AddSeconds(since), None);
            Assert.Equal((2 * (30 - since), 30 - since), (window.Requests, window.Errors));
        }
    }

    [Fact]
    public async Task Count_WhileAWriteHangs_GoesOnAndLosesNothing()
    {
        var store = new HeldUpTable(_world.Tables) { Hangs = new TaskCompletionSource() };
        var clock = new Clock { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        DateTimeOffset start = clock.Now;
        await using var stats = new TrafficStats(store, clock, new RandomIds(clock), NullLogger.Instance);
        stats.Answered("m", 1, TimeSpan.FromMilliseconds(1), new Arrival(1, 3));
        Task writing = stats.FlushAsync(None);
        for (int second = 1; second <= 40; second++)
        {
            clock.Now = start.AddSeconds(second);
            stats.Answered("m", 1, TimeSpan.FromMilliseconds(1), new Arrival(1, 3));
        }

        Assert.False(writing.IsCompleted);
        Assert.InRange(stats.HeldBytes, 1, 40 * 2_000);
        store.Hangs.SetResult();
        await writing;

        TrafficWindow window = await stats.ReadAsync("m", 1, start, None);
        Assert.Equal((41, 41), (window.Requests, window.Units!.Errors(0, 41).Rows.Count));
        Assert.Equal(36, (await stats.ReadAsync("m", 1, start.AddSeconds(5), None)).Requests);
    }

    [Fact]
    public void Units_ThroughTheirBytes_AreThoseThatWereCounted()
    {
        var counted = new UnitCounts();
        for (int i = 0; i < 3_000; i++)
        {
            int cluster = i * i % UnitCluster.Count;
            if (i % 7 == 0)
                counted.AddFailed(cluster);
            else if (i % 7 == 1)
                counted.AddRejected(cluster);
            else
                counted.AddAnswered(cluster, TimeSpan.FromMilliseconds(i / 10.0));
        }

        byte[] bytes = counted.ToBytes();
        UnitCounts read = UnitCounts.FromBytes(bytes);
        read.Add(UnitCounts.FromBytes(new UnitCounts().ToBytes()));

        Assert.Equal(bytes, read.ToBytes());
        Assert.Equal(counted.Errors(429, 2_571).VarianceOfMean(0.1, double.NaN, isShare: true), read.Errors(429, 2_571).VarianceOfMean(0.1, double.NaN, isShare: true));
        Assert.Equal(counted.Rejections(429, 3_000).Distinct, read.Rejections(429, 3_000).Distinct);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    /// <summary>Goes where a test says, and fires no timer on the way.</summary>
    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();
    }

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>A store whose writes fail, or wait.</summary>
    private sealed class HeldUpTable(IEntityTable inner) : IEntityTable
    {
        public bool Away { get; set; }

        public TaskCompletionSource? Hangs { get; set; }

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) =>
            inner.QueryAsync(table, partition, range, cancellationToken);

        public async Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
        {
            if (Away)
                throw new IOException("the store is away");
            if (Hangs is { } hangs)
                await hangs.Task;
            return await inner.WriteAsync(table, writes, cancellationToken);
        }
    }
}
