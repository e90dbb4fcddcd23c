using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Storage;

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

        var merged = UnitSample.FromBytes(UnitSample.Merge([UnitSample.FromBytes(a.ToBytes()), UnitSample.FromBytes(b.ToBytes())]).ToBytes());
        var whole = UnitSample.FromBytes(all.ToBytes());

        Assert.InRange(whole.ToBytes().Length, 1, 64 << 10);
        Assert.Equal(UnitSample.Kept, whole.Count);
        Assert.InRange(whole.ByVersion()[2] / (double)UnitSample.Kept, 0.27, 0.33);
        Assert.InRange(merged.Count, UnitSample.Kept / 2, UnitSample.Kept);
        Assert.InRange(merged.ByVersion()[2] / (double)merged.Count, 0.27, 0.33);
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
