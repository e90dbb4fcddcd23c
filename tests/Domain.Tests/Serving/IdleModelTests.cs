using MlOps.Domain.Serving;

namespace MlOps.Domain.Tests.Serving;

/// <summary>Versions that nobody asks leave memory when no traffic names them.</summary>
public sealed class IdleModelTests : IAsyncLifetime
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(15);

    private readonly ServingWorld _world = new(modelIdle: Idle);

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        for (int i = 1; i <= 3; i++)
            await _world.RegisterAsync("churn", FakeModel.Constant(0.1 * i));
        await ServeAsync(1);
        await _world.PredictAsync("first");
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task AVersion_WithTraffic_StaysHoweverSeldomItIsAsked()
    {
        await PassAsync(TimeSpan.FromHours(5));

        Assert.Equal(["churn/1"], Held());
    }

    [Fact]
    public async Task AVersion_ThatASwapLeftBehind_GoesAfterAQuarterOfAnHour()
    {
        await ServeAsync(2);
        _world.Time.Advance(TimeSpan.FromSeconds(5));
        await _world.PredictAsync("second");
        Assert.Equal(["churn/1", "churn/2"], Held());

        await PassAsync(Idle - TimeSpan.FromMinutes(1));
        Assert.Equal(["churn/1", "churn/2"], Held());
        await PassAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(["churn/2"], Held());
    }

    [Fact]
    public async Task AVersion_OfWhichAnotherProcessTookTheTraffic_GoesThoughNobodyAsksHere()
    {
        await ServeAsync(2);

        await PassAsync(Idle + TimeSpan.FromMinutes(2));

        Assert.Empty(Held());
    }

    [Fact]
    public async Task AVersion_ThatSomebodyNamesNowAndThen_StaysAndGoesWhenHeStops()
    {
        for (int i = 0; i < 10; i++)
        {
            await AskAsync(3);
            await PassAsync(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(["churn/1", "churn/3"], Held());
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(["churn/1"], Held());
        await AskAsync(3);
        Assert.Equal(["churn/1", "churn/3"], Held());
    }

    [Fact]
    public async Task Versions_WithoutALimit_StayForEver()
    {
        await using var world = new ServingWorld();
        await world.Models.GetAsync(await world.Registry.GetVersionAsync("churn", await world.RegisterAsync("churn", FakeModel.Constant(0.5)), None), None);

        world.Time.Advance(TimeSpan.FromDays(30));

        Assert.Single(world.Models.Memory.Models);
    }

    private string[] Held() => [.. _world.Models.Memory.Models.SelectMany(m => m.Versions).Order(StringComparer.Ordinal)];

    private Task ServeAsync(int version) => _world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(version), "a swap"), None);

    private async Task AskAsync(int version) => await _world.Models.GetAsync(await _world.Registry.GetVersionAsync("churn", version, None), None);

    /// <summary>Minute by minute; what is read of an endpoint meanwhile is waited for.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        for (DateTimeOffset end = _world.Time.GetUtcNow() + time; _world.Time.GetUtcNow() < end;)
        {
            _world.Time.Advance(TimeSpan.FromMinutes(1));
            await _world.Models.Looking;
        }
    }
}
