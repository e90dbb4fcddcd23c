using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Domain.Serving;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Serving;

public sealed class RouterTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Route_AfterAChangeByAnotherProcess_FollowsInEveryRequestWithin5Seconds()
    {
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        Router other = NewRouter(_world.Endpoints);
        Assert.Equal(1, await VersionAsync(_world.Router));
        Assert.Equal(1, await VersionAsync(other));

        await _world.ServeAsync("churn", new TrafficShare(2, 10_000));
        _world.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(2, await VersionAsync(_world.Router));
        Assert.Equal(2, await VersionAsync(other));
    }

    [Fact]
    public async Task Route_UnderSteadyRequests_FollowsAfterASecond()
    {
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        await VersionAsync(_world.Router);
        await _world.ServeAsync("churn", new TrafficShare(2, 10_000));

        _world.Time.Advance(TimeSpan.FromSeconds(1.1));

        await Eventually.TrueAsync(async () => await VersionAsync(_world.Router) == 2, "the router has read the endpoint again");
    }

    [Fact]
    public async Task Route_WhileTheStoreIsAway_KeepsTheLastStateAndFollowsAgainLater()
    {
        var broken = new FailingTable(_world.Tables);
        Router router = NewRouter(new EndpointStore(broken, _world.Time));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        await VersionAsync(router);

        broken.Fails = true;
        await _world.ServeAsync("churn", new TrafficShare(2, 10_000));
        _world.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, await VersionAsync(router));

        broken.Fails = false;
        await Eventually.TrueAsync(async () => await VersionAsync(router) == 2, "the router follows once the store is back");
    }

    [Fact]
    public async Task Predict_WhileTheStoreIsAway_AsksItForTheEndpointOnce()
    {
        var broken = new FailingTable(_world.Tables);
        var predictor = new Predictor(
            NewRouter(new EndpointStore(broken, _world.Time)), _world.Versions, _world.Models, _world.Stats, _world.Log, _world.Policies, _world.Shadows, _world.Time, NullLogger.Instance);
        await _world.RegisterAsync("churn", FakeModel.Constant(0.5));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        var request = new PredictionRequest("churn", null, ServingWorld.Rows(1), "r", null);
        await predictor.PredictAsync(request, None);

        broken.Fails = true;
        _world.Time.Advance(TimeSpan.FromSeconds(10));
        await predictor.PredictAsync(request, None);

        Assert.Equal(1, broken.Failed);
    }

    [Fact]
    public async Task Route_WithoutAnEndpoint_SaysWhatToDo()
    {
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.NotFound, "endpoint-missing", async () => await VersionAsync(_world.Router));

        Assert.Contains("roll one out (mlops rollout start churn VERSION)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Route_RightAfterTheFirstEndpointIsMade_FindsIt()
    {
        await ServingWorld.FailsAsync(ErrorKind.NotFound, "endpoint-missing", async () => await VersionAsync(_world.Router));

        await _world.ServeAsync("churn", new TrafficShare(4, 10_000));

        Assert.Equal(4, await VersionAsync(_world.Router));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private static async Task<int> VersionAsync(Router router) => (await router.RouteAsync(new PredictionCall("churn", null, "r", "u"), None)).Version;

    private Router NewRouter(EndpointStore endpoints) => new(endpoints, _world.Exposures, _world.Time, new Embedded.RandomIds(_world.Time), NullLogger.Instance);

    /// <summary>A store that a test takes away.</summary>
    private sealed class FailingTable(IEntityTable inner) : IEntityTable
    {
        private int _failed;

        public bool Fails { get; set; }

        /// <summary>Reads that failed.</summary>
        public int Failed => _failed;

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken)
        {
            if (!Fails)
                return inner.FindAsync(table, key, cancellationToken);
            Interlocked.Increment(ref _failed);
            return Task.FromException<Entity?>(MlOpsException.Unavailable("store-away", "the store is away"));
        }

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) =>
            inner.QueryAsync(table, partition, range, cancellationToken);

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
            inner.WriteAsync(table, writes, cancellationToken);
    }
}
