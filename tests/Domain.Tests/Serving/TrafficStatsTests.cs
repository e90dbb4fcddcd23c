using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Domain.Serving;
using MlOps.Domain.Storage;
using MlOps.Embedded;

namespace MlOps.Domain.Tests.Serving;

public sealed class TrafficStatsTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Read_OfSeveralWriters_SumsThem()
    {
        await using TrafficStats other = _world.NewStats();
        _world.Stats.Answered("m", 1, TimeSpan.FromMilliseconds(1));
        _world.Stats.Failed("m", 1);
        other.Answered("m", 1, TimeSpan.FromMilliseconds(100));
        other.Rejected("m", 1);
        other.Answered("m", 2, TimeSpan.FromMilliseconds(5));
        await other.FlushAsync(None);

        TrafficWindow window = await _world.Stats.ReadAsync("m", 1, _world.Time.GetUtcNow().AddMinutes(-1), None);

        Assert.Equal((3, 1, 1, 2), (window.Requests, window.Errors, window.Rejected, window.Latency.Count));
        Assert.InRange(window.P95!.Value.TotalMilliseconds, 100, 110);
        Assert.InRange(window.P50!.Value.TotalMilliseconds, 1, 1.1);
    }

    [Fact]
    public async Task Count_OfVersionsThatNobodyAsksAnyMore_LeavesMemoryAndStaysCounted()
    {
        DateTimeOffset start = _world.Time.GetUtcNow();
        for (int version = 1; version <= 1_000; version++)
            _world.Stats.Answered("m", version, TimeSpan.FromMilliseconds(1));
        await _world.Stats.FlushAsync(None);
        Assert.Equal(1_000, _world.Stats.Held);

        _world.Time.Advance(TimeSpan.FromMinutes(11));
        _world.Stats.Answered("m", 1_000, TimeSpan.FromMilliseconds(1));
        await _world.Stats.FlushAsync(None);
        Assert.Equal(1, _world.Stats.Held);

        _world.Stats.Answered("m", 1, TimeSpan.FromMilliseconds(1));
        _world.Stats.Failed("m", 1);
        Assert.Equal((3, 1), await CountedAsync(1));
        Assert.Equal((1, 0), await CountedAsync(2));
        Assert.Equal((2, 0), await CountedAsync(1_000));

        async Task<(long, long)> CountedAsync(int version)
        {
            TrafficWindow window = await _world.Stats.ReadAsync("m", version, start.AddDays(-2), None);
            return (window.Requests, window.Errors);
        }
    }

    [Fact]
    public async Task Count_OfVersionsThatChangeQuickly_HoldsNoMoreThanANumberOfThemAfterAMinute()
    {
        for (int version = 1; version <= 1_000; version++)
            _world.Stats.Answered("m", version, TimeSpan.FromMilliseconds(1));
        await _world.Stats.FlushAsync(None);

        _world.Time.Advance(TimeSpan.FromMinutes(2));
        await _world.Stats.FlushAsync(None);

        Assert.Equal(IdleCounters.Many, _world.Stats.Held);
    }

    [Fact]
    public async Task Count_OfManyVersionsWithTraffic_StaysForTenMinutes()
    {
        const int WithTraffic = 400;
        await using var stats = new TrafficStats(_world.Tables, _world.Time, new RandomIds(_world.Time), NullLogger.Instance, (_, version) => version <= WithTraffic);
        for (int version = 1; version <= 1_000; version++)
            stats.Answered("m", version, TimeSpan.FromMilliseconds(1));
        await stats.FlushAsync(None);

        _world.Time.Advance(TimeSpan.FromMinutes(2));
        await stats.FlushAsync(None);
        Assert.Equal(WithTraffic, stats.Held);

        _world.Time.Advance(TimeSpan.FromMinutes(9));
        await stats.FlushAsync(None);
        Assert.Equal(0, stats.Held);
    }

    [Fact]
    public async Task Clean_OfAVersionThatNobodyAsksAnyMore_StillDeletesItsSeconds()
    {
        _world.Stats.Answered("m", 1, TimeSpan.FromMilliseconds(1));
        await _world.Stats.FlushAsync(None);
        _world.Time.Advance(TimeSpan.FromMinutes(11));
        await _world.Stats.FlushAsync(None);
        Assert.Equal(0, _world.Stats.Held);

        await Eventually.TrueAsync(
            async () =>
            {
                _world.Time.Advance(TimeSpan.FromMinutes(6));
                return !await _world.Tables.ScanAsync("traffic", "v1~m", new EntityRange("s"), None).AnyAsync();
            },
            "the seconds are deleted");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(37)]
    [InlineData(59)]
    public async Task Read_SinceASecond_CountsThatSecondAndLater(int offset)
    {
        _world.Time.Advance(TimeSpan.FromSeconds(offset));
        _world.Stats.Answered("m", 1, TimeSpan.FromMilliseconds(1));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        DateTimeOffset since = _world.Time.GetUtcNow();
        for (int i = 0; i < 100; i++)
        {
            _world.Stats.Answered("m", 1, TimeSpan.FromMilliseconds(1));
            _world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(100, (await _world.Stats.ReadAsync("m", 1, since, None)).Requests);
        Assert.Equal(99, (await _world.Stats.ReadAsync("m", 1, since.AddMilliseconds(1), None)).Requests);
    }

    [Fact]
    public async Task Read_AfterHours_StillHasTheMinutesAndTheSecondsAreGone()
    {
        DateTimeOffset start = _world.Time.GetUtcNow();
        for (int i = 0; i < 120; i++)
        {
            _world.Stats.Answered("m", 1, TimeSpan.FromMilliseconds(1));
            _world.Time.Advance(TimeSpan.FromMinutes(1));
            await _world.Stats.FlushAsync(None);
        }

        Assert.Equal(120, (await _world.Stats.ReadAsync("m", 1, start, None)).Requests);
        await Eventually.TrueAsync(async () =>
        {
            _world.Time.Advance(TimeSpan.FromMinutes(1));
            return await _world.Tables.ScanAsync("traffic", "v1~m", new EntityRange("s"), None).CountAsync() <= 30;
        }, "rows of old seconds are deleted");
        Assert.Equal(120, (await _world.Stats.ReadAsync("m", 1, start, None)).Requests);
    }

    [Fact]
    public async Task Read_OfAHundredDays_IsCompleteAndTakesFewRows()
    {
        var clock = new Clock { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        DateTimeOffset start = clock.Now;
        await using (TrafficStats writer = new(_world.Tables, clock, new RandomIds(clock), NullLogger.Instance))
        {
            for (int i = 0; i < 100 * 2; i++)
            {
                clock.Now = start.AddHours(12 * i);
                writer.Answered("m", 1, TimeSpan.FromMilliseconds(1));
                await writer.FlushAsync(None);
            }
        }

        Assert.InRange(await _world.Tables.ScanAsync("traffic", "v1~m", new EntityRange("m"), None).CountAsync(), 1, 7);
        await using TrafficStats reader = new(_world.Tables, clock, new RandomIds(clock), NullLogger.Instance);
        Assert.Equal(200, (await reader.ReadAsync("m", 1, start, None)).Requests);
        Assert.Equal(81, (await reader.ReadAsync("m", 1, start.AddDays(59.3), None)).Requests);
        Assert.Equal(2, (await reader.ReadAsync("m", 1, start.AddDays(99), None)).Requests);
        Assert.InRange(TrafficTable.Since(start.AddDays(59.3).ToUnixTimeSeconds(), clock.Now.ToUnixTimeSeconds()).Count(), 1, 4);
        int read = 0;
        foreach (EntityRange range in TrafficTable.Since(start.AddDays(59.3).ToUnixTimeSeconds(), clock.Now.ToUnixTimeSeconds()))
            read += await _world.Tables.ScanAsync("traffic", "v1~m", range, None).CountAsync();
        Assert.InRange(read, 40, 42);
    }

    [Theory]
    [InlineData(60, 11)]
    [InlineData(3_600, 2 * 24 * 60 + 90)]
    [InlineData(86_400, 61 * 24 * 60)]
    public async Task Read_OfALongWindow_NeverCountsWhatWasBeforeItsBegin(int stretch, double minutesLater)
    {
        var clock = new Clock { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(stretch * 0.2) };
        await using TrafficStats stats = new(_world.Tables, clock, new RandomIds(clock), NullLogger.Instance);
        stats.Failed("m", 1);
        await stats.FlushAsync(None);
        DateTimeOffset begin = clock.Now = clock.Now.AddSeconds(stretch * 0.4);
        clock.Now = begin.AddSeconds(stretch);
        stats.Answered("m", 1, TimeSpan.FromMilliseconds(1));
        await stats.FlushAsync(None);

        clock.Now = begin.AddMinutes(minutesLater);

        TrafficWindow window = await stats.ReadAsync("m", 1, begin, None);
        Assert.Equal((1, 0), (window.Requests, window.Errors));
    }

    [Fact]
    public async Task Clean_OfHoursAndDaysThatManyProcessesCounted_LeavesOneRowAndTheSum()
    {
        DateTimeOffset now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);
        long[] starts = [now.AddDays(-4).Date.Subtract(DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond, now.AddHours(-1).ToUnixTimeSeconds()];
        foreach (string start in starts.Select(s => TrafficLevel.All[^1].Key(s)))
        {
            foreach (Entity[] batch in Enumerable.Range(0, 150).Select(i => TrafficTable.ToEntity("v1~m", start, $"{i:D3}", new TrafficCell { Requests = 2, Errors = 1 }.Seal())).Chunk(100))
                await _world.Tables.WriteAsync("traffic", [.. batch.Select(EntityWrite.Upsert)], None);
        }

        var cleaning = new TrafficCleaning(_world.Tables, _world.Time);
        await cleaning.MergeAsync("v1~m", now);
        Assert.Equal(52, await RowsAsync(starts[0]));
        await cleaning.MergeAsync("v1~m", now);
        await cleaning.MergeAsync("v1~m", now);

        Assert.Equal((1, 150), (await RowsAsync(starts[0]), await RowsAsync(starts[1])));
        TrafficCell merged = TrafficTable.ToCell(await _world.Tables.ScanAsync("traffic", "v1~m", new EntityRange(TrafficLevel.All[^1].Key(starts[0])), None).SingleAsync());
        Assert.Equal((300, 150), (merged.Requests, merged.Errors));
    }

    [Fact]
    public async Task Count_ByManyThreadsWhileWriting_LosesNothing()
    {
        DateTimeOffset start = _world.Time.GetUtcNow();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(async () =>
        {
            for (int i = 0; i < 500; i++)
            {
                _world.Stats.Answered("m", 1, TimeSpan.FromMicroseconds(i));
                if (t == 0 && i % 50 == 0)
                {
                    _world.Time.Advance(TimeSpan.FromSeconds(1));
                    await _world.Stats.FlushAsync(None);
                }
            }
        })));

        Assert.Equal(4_000, (await _world.Stats.ReadAsync("m", 1, start, None)).Requests);
    }

    [Fact]
    public async Task Count_InTheBackground_IsSeenByOthersWithinSeconds()
    {
        await using TrafficStats other = _world.NewStats();
        DateTimeOffset start = _world.Time.GetUtcNow();
        _world.Stats.Failed("m", 1);

        _world.Time.Advance(TimeSpan.FromSeconds(2));

        await Eventually.TrueAsync(async () => (await other.ReadAsync("m", 1, start, None)).Errors == 1, "the counters are written");
    }

    [Fact]
    public async Task Read_WithoutTraffic_HasNoRatesAndNoLatency()
    {
        TrafficWindow window = await _world.Stats.ReadAsync("m", 1, _world.Time.GetUtcNow(), None);

        Assert.Equal((0, null), (window.Requests, window.P95));
    }

    private async Task<int> RowsAsync(long day) => await _world.Tables.ScanAsync("traffic", "v1~m", new EntityRange(TrafficLevel.All[^1].Key(day)), None).CountAsync();

    /// <summary>Goes where a test says, and fires no timer on the way.</summary>
    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();
}
