using MlOps.Contracts;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Admission;

namespace MlOps.Domain.Tests.Serving;

/// <summary>How many requests of a model are answered at the same time.</summary>
public sealed class AdmissionTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = Eventually.Patience;

    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Enter_PastTheLimit_RefusesAndCountsItApart()
    {
        var doors = new Doors(_world.Stats);
        Place first = await doors.EnterAsync("churn", 1, new ConcurrencyLimit(1), None);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-busy", () => doors.EnterAsync("churn", 1, new ConcurrencyLimit(1), None).AsTask());
        first.Dispose();
        (await doors.EnterAsync("churn", 1, new ConcurrencyLimit(1), None)).Dispose();

        Assert.Equal(TimeSpan.FromSeconds(1), e.RetryAfter);
        Assert.StartsWith("model 'churn' answers 1 requests at the same time, which is all", e.Message, StringComparison.Ordinal);
        TrafficWindow window = await _world.Stats.ReadAsync("churn", 1, DateTimeOffset.UnixEpoch, None);
        Assert.Equal((0, 0, 0, 1), (window.Requests, window.Errors, window.Rejected, window.Refused));
    }

    [Fact]
    public async Task Enter_WithPlacesToWait_IsServedInOrder()
    {
        var doors = new Doors(_world.Stats);
        var limit = new ConcurrencyLimit(1, Waiting: 2);
        Place inside = await doors.EnterAsync("churn", 1, limit, None);
        Task<Place> second = doors.EnterAsync("churn", 1, limit, None).AsTask();
        Task<Place> third = doors.EnterAsync("churn", 1, limit, None).AsTask();
        await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-busy", () => doors.EnterAsync("churn", 1, limit, None).AsTask());

        inside.Dispose();
        (await second).Dispose();
        (await third).Dispose();

        (await doors.EnterAsync("churn", 1, limit, None)).Dispose();
    }

    [Fact]
    public async Task Enter_WhoGivesUpWaiting_LeavesThePlaceToOthers()
    {
        var doors = new Doors(_world.Stats);
        var limit = new ConcurrencyLimit(1, Waiting: 1);
        using var impatient = new CancellationTokenSource();
        Place inside = await doors.EnterAsync("churn", 1, limit, None);
        Task<Place> second = doors.EnterAsync("churn", 1, limit, impatient.Token).AsTask();

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Task<Place> third = doors.EnterAsync("churn", 1, limit, None).AsTask();
        inside.Dispose();

        (await third).Dispose();
    }

    [Fact]
    public async Task Leave_UnderALimitThatWasLowered_LetsNobodyInUntilItFits()
    {
        var doors = new Doors(_world.Stats);
        Place[] inside = [await EnterAsync(doors, 3, 2), await EnterAsync(doors, 3, 2), await EnterAsync(doors, 3, 2)];
        Task<Place> first = EnterAsync(doors, 3, 2);
        Task<Place> second = EnterAsync(doors, 1, 2);

        inside[0].Dispose();
        inside[1].Dispose();

        // Both still wait: there is no room for a third.
        await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-busy", () => EnterAsync(doors, 1, 2));
        inside[2].Dispose();
        (await first).Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task Enter_UnderALimitThatWasRaised_LetsThoseWhoWaitInFirst()
    {
        var doors = new Doors(_world.Stats);
        Place inside = await EnterAsync(doors, 1, 1);
        Task<Place> waiting = EnterAsync(doors, 1, 1);

        Task<Place> newcomer = EnterAsync(doors, 2, 1);

        Place second = await waiting;
        Assert.False(newcomer.IsCompleted);
        inside.Dispose();
        (await newcomer).Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task Enter_WhereTheLimitIsTakenAway_LetsAllIn()
    {
        var doors = new Doors(_world.Stats);
        using Place inside = await EnterAsync(doors, 1, 2);
        Task<Place>[] waiting = [EnterAsync(doors, 1, 2), EnterAsync(doors, 1, 2)];

        (await doors.EnterAsync("churn", 1, null, None)).Dispose();

        foreach (Place place in await Task.WhenAll(waiting))
            place.Dispose();
    }

    [Fact]
    public async Task Enter_ByManyAtOnce_NeverLetsMoreInThanAllowed()
    {
        var doors = new Doors(_world.Stats);
        var limit = new ConcurrencyLimit(3, Waiting: 1_000);
        int inside = 0, most = 0;

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            using Place place = await doors.EnterAsync("churn", 1, limit, None);
            int now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        })));

        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task Predict_WhileAllPlacesAreTaken_IsRefusedForVersionsAskedByNumberToo()
    {
        using var gate = new Gate();
        await _world.RegisterAsync("churn", new FakeModel(_ =>
        {
            gate.Pass();
            return [0.5];
        }));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        await _world.Endpoints.ConfigureAsync("churn", new EndpointSettings(new ConcurrencyLimit(1)), "ann", None);

        Task<PredictionResult> first = Task.Run(() => _world.PredictAsync("r1"));
        await gate.ReachedAsync();
        await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-busy", () => _world.PredictAsync("r2"));
        await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-busy", () => _world.PredictAsync("r3", version: "1"));
        gate.Open();

        Assert.Equal(1, (await first).Version);
        Assert.Equal(1, (await _world.PredictAsync("r4")).Version);
    }

    [Theory]
    [InlineData(0, 0, 64, 2, "concurrency.requests is 0, allowed are 1 to 10000")]
    [InlineData(1, -1, 64, 2, "concurrency.waiting is -1, allowed are 0 to 10000")]
    [InlineData(1, 0, 1, 2, "batching.maxRows is 1, allowed are 2 to 10000")]
    [InlineData(1, 0, 2, 0, "batching.maxDelayMs is 0, allowed is above 0 to 1000")]
    [InlineData(1, 0, 2, double.NaN, "batching.maxDelayMs is NaN, allowed is above 0 to 1000")]
    public async Task Configure_WithWhatCannotBe_SaysWhatIsAllowed(int requests, int waiting, int rows, double delay, string problem)
    {
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "endpoint-settings", () => _world.Endpoints.ConfigureAsync(
            "churn", new EndpointSettings(new ConcurrencyLimit(requests, waiting), new MicroBatching(rows, delay)), "ann", None));

        Assert.Equal(problem, e.Message);
    }

    [Fact]
    public async Task Configure_ThenAChangeOfTraffic_KeepsTheSettingsAndTheRevisionCounts()
    {
        await ServingWorld.FailsAsync(ErrorKind.NotFound, "endpoint-missing", () => _world.Endpoints.ConfigureAsync("churn", new EndpointSettings(), "ann", None));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        await _world.Endpoints.ConfigureAsync("churn", new EndpointSettings(new ConcurrencyLimit(4, 8)), "ann", None);
        await _world.ServeAsync("churn", new TrafficShare(2, 10_000));

        Endpoint endpoint = await _world.Endpoints.GetAsync("churn", None);
        Assert.Equal((2, new ConcurrencyLimit(4, 8), "ann"), (endpoint.Revision, endpoint.Settings!.Concurrency, endpoint.Settings.ChangedBy));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private static Task<Place> EnterAsync(Doors doors, int requests, int waiting) =>
        doors.EnterAsync("churn", 1, new ConcurrencyLimit(requests, waiting), None).AsTask().WaitAsync(Patience);

    private static void InterlockedMax(ref int most, int value)
    {
        int before;
        while (value > (before = Volatile.Read(ref most)))
            Interlocked.CompareExchange(ref most, value, before);
    }
}
