using MlOps.Domain.Serving;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Serving;

public sealed class EndpointStoreTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task SetTraffic_Twice_RaisesTheRevisionAndKeepsTheHistory()
    {
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        Endpoint second = await _world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Canary(1, 2, 1_000), "try 2", "r1", 1), None);

        Assert.Equal(2, second.Revision);
        Assert.Equivalent(second, await _world.Endpoints.GetAsync("churn", None));
        List<EndpointChange> history = await _world.Endpoints.HistoryAsync("churn", None).ToListAsync();
        Assert.Equal([2, 1], history.Select(h => h.Revision));
        Assert.Equal(["try 2", "test"], history.Select(h => h.Reason));
        Assert.Equal(["churn"], await _world.Endpoints.ListAsync(None).Select(e => e.Model).ToListAsync());
    }

    [Fact]
    public async Task SetTraffic_OfAnOldRevision_IsRefusedAndChangesNothing()
    {
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        await _world.ServeAsync("churn", new TrafficShare(2, 10_000));

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Conflict, "endpoint-changed", () =>
            _world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(3), "late", null, 1), None));

        Assert.Equal("endpoint 'churn' is at revision 2, expected 1: its traffic was changed meanwhile; read it again and retry", e.Message);
        Assert.Equal(2, (await _world.Endpoints.GetAsync("churn", None)).StableVersion);
    }

    [Fact]
    public async Task SetTraffic_ConcurrentlyAtOneRevision_LetsExactlyOneThrough()
    {
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));

        bool[] won = await Task.WhenAll(Enumerable.Range(2, 8).Select(v => Task.Run(async () =>
        {
            try
            {
                await _world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(v), "race", null, 1), None);
                return true;
            }
            catch (MlOpsException e) when (e.Code == "endpoint-changed")
            {
                return false;
            }
        })));

        Assert.Single(won, w => w);
        Assert.Equal(2, (await _world.Endpoints.GetAsync("churn", None)).Revision);
    }

    [Fact]
    public async Task SetTraffic_ConcurrentlyAtAnyRevision_LosesNoChange()
    {
        await Task.WhenAll(Enumerable.Range(1, 8).Select(v => Task.Run(() => _world.ServeAsync("churn", new TrafficShare(v, 10_000)))));

        List<EndpointChange> history = await _world.Endpoints.HistoryAsync("churn", None).ToListAsync();
        Assert.Equal([8, 7, 6, 5, 4, 3, 2, 1], history.Select(h => h.Revision));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], history.Select(h => h.Traffic[0].Version).Order());
    }

    [Fact]
    public async Task Apply_WithAKeyUsedBefore_DoesNothing()
    {
        await _world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(1), "first", Key: "k1"), None);
        await _world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(2), "second", Key: "k2"), None);

        Endpoint again = await _world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(1), "first", Key: "k1"), None);

        Assert.Equal((2, 2L), (again.StableVersion, again.Revision));
    }

    [Fact]
    public async Task Apply_ForARolloutThatIsNotTheOwner_IsRefused()
    {
        await _world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(1), "new owner", "r2"), None);

        await ServingWorld.FailsAsync(ErrorKind.Conflict, "endpoint-taken", () =>
            _world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(2), "old owner", "r1", RequiredRollout: "r1"), None));

        Assert.Equal(1, (await _world.Endpoints.GetAsync("churn", None)).StableVersion);
    }

    [Theory]
    [InlineData("they sum to 9000, expected 10000", 1, 9_000)]
    [InlineData("version 1 is there twice", 1, 5_000, 1, 5_000)]
    [InlineData("version 2 has -1, allowed are 0 to 10000", 1, 10_001, 2, -1)]
    public async Task SetTraffic_ThatCannotBe_SaysWhyAndWritesNothing(string reason, params int[] shares)
    {
        TrafficShare[] traffic = [.. shares.Chunk(2).Select(s => new TrafficShare(s[0], s[1]))];

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "traffic-invalid", () => _world.ServeAsync("churn", traffic));

        Assert.EndsWith(reason.Contains("-1", StringComparison.Ordinal) ? "allowed are 0 to 10000" : reason, e.Message, StringComparison.Ordinal);
        Assert.Null(await _world.Endpoints.FindAsync("churn", None));
    }

    [Theory]
    [InlineData("""[{"version":1,"basisPoints":9000},{"version":22,"basisPoints":1000}]""", 1, 9_000, 22, 1_000)]
    [InlineData("""[ {"basisPoints": 9000, "version": 1}, {"version": 22, "basisPoints": 1000, "since": "2031"} ]""", 1, 9_000, 22, 1_000)]
    [InlineData("""[{"version":2147483647,"basisPoints":0}]""", int.MaxValue, 0)]
    [InlineData("""[{"version":1,"basisPoints":-0}]""", 1, 0)]
    [InlineData("[]")]
    public async Task Get_OfSharesInAnySpelling_ReadsThem(string written, params int[] shares)
    {
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        Entity row = (await _world.Tables.FindAsync("endpoints", new("churn", "cur"), None))!;
        await _world.Tables.WriteAsync("endpoints", EntityWrite.UpsertMerge(new Entity("churn", "cur") { ["traffic"] = written }), None);

        Endpoint read = await _world.Endpoints.GetAsync("churn", None);

        Assert.Equal(shares.Chunk(2).Select(s => new TrafficShare(s[0], s[1])), read.Traffic);
        Assert.Equal(row.Text("salt"), read.Salt);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("""[{"version":1,"basisPoints":10000}""")]
    [InlineData("""[{"version":1,"basisPoints":10000}]]""")]
    [InlineData("""[{"version":12345678901,"basisPoints":10000}]""")]
    public async Task Get_OfSharesThatAreDamaged_Fails(string written)
    {
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        await _world.Tables.WriteAsync("endpoints", EntityWrite.UpsertMerge(new Entity("churn", "cur") { ["traffic"] = written }), None);

        await Assert.ThrowsAnyAsync<System.Text.Json.JsonException>(() => _world.Endpoints.GetAsync("churn", None));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();
}
