using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;

namespace MlOps.Domain.Tests.Serving;

public sealed class ModelReadinessTests : IAsyncLifetime
{
    /// <summary>Room for two models as their loads set it aside, not for three.</summary>
    private const long Budget = 50_000;

    private readonly ServingWorld _world = new(modelMemory: Budget);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Describe_WithoutAVersion_GivesTheStableOneAndLoadsNothing()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.1));
        await _world.RegisterAsync("churn", FakeModel.Constant(0.9));
        await _world.ServeAsync("churn", new TrafficShare(1, 1_000), new TrafficShare(2, 9_000));

        Assert.Equal(1, (await _world.Readiness.DescribeAsync("churn", null, None)).Version);
        Assert.Equal(2, (await _world.Readiness.DescribeAsync("churn", "2", None)).Version);
        Assert.Empty(_world.Models.Memory.Models);
    }

    [Fact]
    public async Task State_OfMoreModelsThanThereIsRoomFor_TakesNoneOfTheMemoryAndIsNoUse()
    {
        foreach (string name in (string[])["a", "b", "c", "d"])
            await ServeAsync(name, new FakeModel(_ => [0.5]) { HeldBytes = 20_000 });
        await _world.PredictAsync("r1", model: "a");
        await _world.PredictAsync("r2", model: "b");

        foreach (string name in (string[])["a", "c", "d", "a", "c", "d"])
            Assert.True((await StateAsync(name)).CanAnswer);

        Assert.Equal(["b/1", "a/1"], Held());
        await _world.PredictAsync("r3", model: "c");
        Assert.Equal(["c/1", "b/1"], Held());
    }

    [Fact]
    public async Task State_OfAModelWithRoomBesideTheOthers_TriesItAndLetsItGoFirst()
    {
        foreach (string name in (string[])["a", "b", "c"])
            await ServeAsync(name, new FakeModel(_ => [0.5]) { HeldBytes = 20_000 });
        await _world.PredictAsync("r1", model: "a");

        Assert.Equal(ModelPhase.Loaded, (await StateAsync("b")).Phase);
        Assert.Equal(["a/1", "b/1"], Held());

        await _world.PredictAsync("r2", model: "c");
        Assert.Equal(["c/1", "a/1"], Held());
    }

    [Fact]
    public async Task Check_OfAVersionThatCannotBeLoaded_SaysWhyUntilItIsRepaired()
    {
        int version = await _world.RegisterBrokenAsync("churn");
        await _world.ServeAsync("churn", new TrafficShare(version, 10_000));

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-load", () => _world.Readiness.CheckAsync("churn", null, None));
        Assert.StartsWith("version 1 of 'churn' could not be loaded: reading 'churn/1' failed", e.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), e.RetryAfter);
        Assert.Equal(ModelPhase.Failed, (await StateAsync("churn")).Phase);

        await _world.RepairAsync("churn", version, FakeModel.Constant(0.5));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        await _world.Readiness.CheckAsync("churn", null, None);
        Assert.Equal(ModelPhase.Loaded, (await StateAsync("churn")).Phase);
    }

    [Fact]
    public async Task Check_IsNoErrorOfTheVersion()
    {
        int version = await _world.RegisterBrokenAsync("churn");
        await _world.ServeAsync("churn", new TrafficShare(version, 10_000));

        await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-load", () => _world.Readiness.CheckAsync("churn", null, None));

        Assert.Equal(0, (await _world.Stats.ReadAsync("churn", version, DateTimeOffset.UnixEpoch, None)).Errors);
    }

    [Fact]
    public async Task Any_IsTrueAsLongAsOneModelCanAnswer()
    {
        await ServeAsync("churn", FakeModel.Constant(0.5));
        await _world.ServeAsync("broken", new TrafficShare(await _world.RegisterBrokenAsync("broken"), 10_000));

        Assert.False(await _world.Readiness.AnyAsync([], None));
        Assert.False(await _world.Readiness.AnyAsync(["broken", "nope"], None));
        Assert.True(await _world.Readiness.AnyAsync(["broken", "churn", "nope"], None));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private async Task ServeAsync(string name, FakeModel model) => await _world.ServeAsync(name, new TrafficShare(await _world.RegisterAsync(name, model), 10_000));

    private async Task<ModelState> StateAsync(string name) => await _world.Readiness.StateAsync(await _world.Readiness.DescribeAsync(name, null, None), None);

    private string[] Held() => [.. _world.Models.Memory.Models.Select(m => m.Versions.Single())];
}
