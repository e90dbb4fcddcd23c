using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Storage;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Tests.Serving;

/// <summary>What stays with one version: where it is found, and how many of them met which version.</summary>
public sealed class UnitTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData("")]
    [InlineData("$")]
    [InlineData("$.")]
    [InlineData("$.a[x]")]
    [InlineData("$.a[-1]")]
    [InlineData("customer.id")]
    [InlineData("header:")]
    [InlineData("header:x y")]
    [InlineData("Random")]
    public void Parse_WhatIsNoSource_IsNull(string text) => Assert.Null(UnitSource.Parse(text));

    [Fact]
    public async Task Route_ByTheEndpointsSource_KeepsTheUnitAndNotTheRequest()
    {
        await ServeAsync("header:x-user");
        PredictionCall[] calls = [.. Enumerable.Range(0, 40).Select(i => new PredictionCall("churn", null, $"r{i}", $"named{i}") { FindUnit = (_, s) => s.Header == "x-user" ? "ann" : null })];

        Assert.Single((await VersionsAsync(calls)).Distinct());
        Assert.Equal(2, (await VersionsAsync([.. calls.Select(c => c with { FindUnit = (_, _) => null })])).Distinct().Count());
    }

    [Fact]
    public async Task Route_ByRandomUnits_TakesEachRequestForItself()
    {
        await ServeAsync("random");

        Assert.Equal(2, (await VersionsAsync([.. Enumerable.Range(0, 40).Select(i => new PredictionCall("churn", null, $"r{i}", "ann"))])).Distinct().Count());
    }

    [Fact]
    public async Task Exposures_OfTwoProcesses_CountEachUnitOnce()
    {
        await ServeAsync("random");
        Endpoint endpoint = await _world.Endpoints.GetAsync("churn", None);
        await using var other = new ExposureStats(_world.Tables, _world.Time, new Embedded.RandomIds(_world.Time), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        for (int i = 0; i < 300; i++)
        {
            ExposureStats process = i % 2 == 0 ? _world.Exposures : other;
            process.Met(endpoint, $"unit-{i % 100}", i % 100 < 30 ? 2 : 1);
            process.Met(endpoint, $"unit-{i % 100}", i % 100 < 30 ? 2 : 1);
        }

        await other.FlushAsync(None);
        Assert.Equal([(1, 70L), (2, 30L)], (await _world.Exposures.ReadAsync("churn", endpoint.Revision, None)).Select(p => (p.Key, p.Value)).Order());

        _world.Exposures.Met(endpoint with { Revision = endpoint.Revision + 1 }, "unit-0", 2);
        Assert.Equal([(2, 1L)], (await _world.Exposures.ReadAsync("churn", endpoint.Revision + 1, None)).Select(p => (p.Key, p.Value)));
    }

    [Fact]
    public async Task Exposures_OfRequestsThatFail_AreCountedAsTheFailuresAre()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));
        await _world.RegisterAsync("churn", new FakeModel(_ => throw new InvalidOperationException("broken")));
        await ServeAsync("random");
        Endpoint endpoint = await _world.Endpoints.GetAsync("churn", None);

        int failed = 0;
        for (int i = 0; i < 40; i++)
            failed += await Record.ExceptionAsync(() => _world.PredictAsync($"r{i}")) is null ? 0 : 1;

        Assert.InRange(failed, 5, 35);
        Assert.Equal([(1, 40L - failed), (2, failed)], (await _world.Exposures.ReadAsync("churn", endpoint.Revision, None)).Select(p => (p.Key, p.Value)).Order());
    }

    [Fact]
    public async Task Exposures_OfProcessesThatDied_GoWhenTheTrafficChanges()
    {
        await ServeAsync("random");
        Endpoint endpoint = await _world.Endpoints.GetAsync("churn", None);
        await using (var dead = new ExposureStats(_world.Tables, _world.Time, new Embedded.RandomIds(_world.Time), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance))
            dead.Met(endpoint, "unit-1", 1);
        Assert.Equal(1, await RowsAsync());

        _world.Exposures.Met(endpoint with { Revision = endpoint.Revision + 1 }, "unit-2", 2);
        await _world.Exposures.FlushAsync(None);
        Assert.Equal(1, await RowsAsync());

        await _world.Exposures.CleanAsync("churn", endpoint.Revision + 2, None);
        Assert.Equal(0, await RowsAsync());
    }

    [Fact]
    public async Task Exposures_WhereOnlySharesMove_CountEachUnitOnceAsOfTheSharesItMetFirst()
    {
        Endpoint first = await _world.Endpoints.ApplyAsync("churn", Shares(5_000), None);
        Endpoint second = await _world.Endpoints.ApplyAsync("churn", Shares(8_000) with { Continues = true }, None);
        _world.Exposures.Met(first, "a", 1);
        _world.Exposures.Met(first, "b", 2);
        _world.Exposures.Met(second, "a", 2);
        _world.Exposures.Met(second, "c", 2);
        await _world.Exposures.FlushAsync(None);
        await _world.Exposures.CleanAsync("churn", (await _world.Endpoints.GetAsync("churn", None)).CountedSince, None);

        UnitSample sample = await _world.Exposures.SampleAsync("churn", second.CountedSince, None);
        Endpoint third = await _world.Endpoints.ApplyAsync("churn", Shares(9_000), None);

        Assert.Equal([((0, 1), 1), ((0, 2), 1), ((1, 2), 1)], sample.ByPeriod().Select(p => (p.Key, (int)p.Value)).Order());
        Assert.Equal([1, 1, 3], [first.CountedSince, second.CountedSince, third.CountedSince]);

        static TrafficChange Shares(int basisPoints) => new([new(1, 10_000 - basisPoints), new(2, basisPoints)], "test", "r1");
    }

    [Fact]
    public void Sample_OfManyUnits_ShowsTheirSharesAndMergesToThatOfAll()
    {
        (UnitSample all, UnitSample a, UnitSample b) = (new(), new(), new());
        for (int i = 0; i < 60_000; i++)
        {
            ulong hash = StickyBucket.Hash("s", $"unit-{i}");
            int version = StickyBucket.Of("t", $"unit-{i}") < 3_000 ? 2 : 1;
            all.Add(hash, version);
            (i % 3 == 0 ? a : b).Add(hash, version);
        }

        UnitSample merged = Stored(UnitSample.Merge([Stored(a), Stored(b)])), whole = Stored(all);

        Assert.InRange(whole.ToBytes().Units.Length, 1, 64 << 10);
        Assert.Null(whole.ToBytes().Periods);
        Assert.InRange(whole.Count, UnitSample.Kept / 4, UnitSample.Kept);
        Assert.InRange(whole.ByVersion()[2] / (double)whole.Count, 0.27, 0.33);
        Assert.InRange(merged.Count, UnitSample.Kept / 4, UnitSample.Kept);
        Assert.InRange(merged.ByVersion()[2] / (double)merged.Count, 0.27, 0.33);
    }

    [Fact]
    public void Sample_OfUnitsThatComeAgain_CountsEachAsOfThePeriodInWhichAnyProcessMetItFirst()
    {
        (UnitSample a, UnitSample b) = (new(), new());
        Assert.True(a.Add(10, 1));
        Assert.False(a.Add(10, 2, 1));
        Assert.True(a.Add(20, 2, 300));
        Assert.True(b.Add(20, 1, 1));
        Assert.True(b.Add(30, 2, 300));

        UnitSample merged = Stored(UnitSample.Merge([Stored(a), Stored(b)]));

        Assert.Equal([((0, 1), 1), ((1, 1), 1), ((300, 2), 1)], merged.ByPeriod().Select(p => (p.Key, (int)p.Value)).Order());
        Assert.Equal([(1, 2), (2, 1)], merged.ByVersion().Select(v => (v.Key, (int)v.Value)).Order());
    }

    private static UnitSample Stored(UnitSample sample) => sample.ToBytes() is var (units, periods) ? UnitSample.FromBytes(units, periods) : throw new InvalidOperationException();

    [Fact]
    public void Sample_AtAnyTime_HasAllUnitsBelowItsBoundThatEverCame()
    {
        var sample = new UnitSample();
        var came = new List<ulong>();
        for (int i = 0; i < 40_000; i++)
        {
            came.Add(StickyBucket.Hash("s", $"unit-{i}"));
            sample.Add(came[^1], 1);
            if (i % 4_000 != 0)
                continue;
            Assert.Equal(came.Count(h => h < sample.Bound), sample.Count);
            Assert.Equal(ulong.MaxValue >> sample.Halvings, sample.Bound);
        }

        Assert.InRange(sample.Halvings, 3, 5);
    }

    [Fact]
    public async Task Requests_ThatAllHaveTheSameId_AreDividedSampledAndCountedAsAnyOthers()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));
        await ServeAsync("random");
        await _world.Policies.SetAsync("churn", new LogPolicy { Sample = 0.25 }, "ann", CancellationToken.None);
        Endpoint endpoint = await _world.Endpoints.GetAsync("churn", None);

        var versions = new List<int>();
        for (int i = 0; i < 400; i++)
            versions.Add((await _world.PredictAsync("always")).Version);

        Assert.InRange(versions.Count(v => v == 2), 160, 240);
        Assert.Equal([(1, versions.Count(v => v == 1)), (2, (long)versions.Count(v => v == 2))], (await _world.Exposures.ReadAsync("churn", endpoint.Revision, None)).Select(p => (p.Key, p.Value)).Order());
        List<LoggedPrediction> logged = await _world.LoggedAsync();
        Assert.InRange(logged.Count, 65, 135);
        Assert.All(logged, row => Assert.True(RequestSample.Takes(0.25, row.RequestId, row.Arrival.Draw)));
        Assert.InRange(logged.Count(row => row.Version == 2) / (double)logged.Count, 0.3, 0.7);
    }

    [Fact]
    public async Task Requests_WithoutTheUnitThatIsAsked_AreDividedByThemselves()
    {
        await ServeAsync("header:x-user");
        PredictionCall[] calls = [.. Enumerable.Range(0, 40).Select(_ => new PredictionCall("churn", null, "always", null) { FindUnit = (_, _) => null })];

        Assert.Equal(2, (await VersionsAsync(calls)).Distinct().Count());
    }

    [Fact]
    public async Task Requests_ThatNameAVersion_AreLoggedAsSuchAndCountedApart()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));
        await ServeAsync("random");
        DateTimeOffset since = _world.Time.GetUtcNow();

        for (int i = 0; i < 20; i++)
            await _world.PredictAsync($"named-{i}", version: "2");
        int routed = 0;
        for (int i = 0; i < 20; i++)
            routed += (await _world.PredictAsync($"routed-{i}")).Version == 2 ? 1 : 0;

        Assert.Equal(routed, (await _world.Stats.ReadRoutedAsync("churn", 2, since, None)).Requests);
        Assert.Equal(20 + routed, (await _world.Stats.ReadAsync("churn", 2, since, None)).Requests);
        Assert.All(await _world.LoggedAsync(), row => Assert.Equal(row.RequestId.StartsWith("named", StringComparison.Ordinal), row.IsNamed));
    }

    [Fact]
    public async Task Requests_OfUnits_AreLoggedAndCountedByTheirClusters()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));
        await ServeAsync("churn");
        DateTimeOffset since = _world.Time.GetUtcNow();

        for (int i = 0; i < 60; i++)
            await _world.PredictAsync($"r{i}", unit: $"user-{i % 3}");
        await _world.PredictAsync("alone");

        ClusterSums errors = (await _world.Stats.ReadAsync("churn", 1, since, None)).Units!.Errors(0, 61);
        Assert.Equal((61, 4), (errors.Rows.Count, errors.Distinct));
        List<LoggedPrediction> logged = await _world.LoggedAsync();
        Assert.Equal(UnitCluster.Of("user-0"), UnitCluster.Of(logged.First(r => r.RequestId == "r3")));
        Assert.Equal(UnitCluster.Of("alone"), UnitCluster.Of(logged.First(r => r.RequestId == "alone")));

        async Task ServeAsync(string model) => await _world.ServeAsync(model, new TrafficShare(1, 10_000));
    }

    [Fact]
    public void Counts_OfUnits_AddUpAndComeBackFromTheirBytes()
    {
        var counts = new UnitCounts();
        for (int i = 0; i < 100; i++)
            counts.AddAnswered(i % 5, TimeSpan.FromMilliseconds(i % 5 == 0 ? 40 : 1));
        for (int i = 0; i < 10; i++)
            counts.AddFailed(3);
        counts.AddRejected(511);
        var twice = UnitCounts.FromBytes(counts.ToBytes());
        twice.Add(counts);

        Assert.Equal((220, 5), (twice.Errors(20, 220).Rows.Count, twice.Errors(20, 220).Distinct));
        Assert.Equal(20.0 / 220, twice.Errors(20, 220).Rows.Mean, 12);
        Assert.Equal((222, 6), (twice.Rejections(2, 222).Rows.Count, twice.Rejections(2, 222).Distinct));
        Assert.Equal(0.2, twice.Slow(TimeSpan.FromMilliseconds(10), before: false, 200).Rows.Mean, 9);
        Assert.InRange(twice.Slow(TimeSpan.FromMilliseconds(10), before: true, 200).DesignEffect(double.NaN), 20, 60);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private async Task<int> RowsAsync() => await _world.Tables.ScanAsync("exposures", "churn", EntityRange.All, None).CountAsync();

    private Task ServeAsync(string unit) =>
        _world.Endpoints.ApplyAsync("churn", new TrafficChange([new(1, 5_000), new(2, 5_000)], "test", Unit: unit), None);

    private async Task<List<int>> VersionsAsync(PredictionCall[] calls)
    {
        var versions = new List<int>();
        foreach (PredictionCall call in calls)
            versions.Add((await _world.Router.RouteAsync(call, None)).Version);
        return versions;
    }
}
