using MlOps.Contracts;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Shadows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

/// <summary>Copies that a shadow does not answer.</summary>
public sealed class ShadowMirrorTests
{
    private const int Requests = 20;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Dispose_WhileCopiesWait_LeavesThemOut()
    {
        await using var world = new ServingWorld();
        using var gate = new Gate();
        int scored = 0;
        await ServeAsync(world, () => world.RegisterAsync("churn", new FakeModel(_ =>
        {
            Interlocked.Increment(ref scored);
            gate.Pass();
            return [0.5];
        })));

        await AskAsync(world);
        await gate.ReachedAsync();
        Task stopped = world.Shadows.DisposeAsync().AsTask();
        gate.Open();
        await stopped;

        Assert.Equal((1, Requests - 1, 0), (scored, world.Shadows.LeftOut, world.Shadows.Pending));
        TrafficWindow window = await WindowAsync(world);
        Assert.Equal((1, 0, Requests - 1), (window.Requests, window.Errors, window.Refused));
        TrafficWindow own = await world.Stats.ReadAsync("churn", 2, DateTimeOffset.UnixEpoch, None);
        Assert.Equal((0, 0), (own.Requests, own.Refused));
    }

    [Fact]
    public async Task Offer_OfAVersionThatTheStoreDoesNotGive_IsNoErrorOfIt()
    {
        await using var world = new ServingWorld();
        await ServeAsync(world, () => world.RegisterBrokenAsync("churn"));

        await AskAsync(world);
        await Eventually.TrueAsync(() => world.Shadows.Pending == 0, "the copies are dealt with");

        TrafficWindow window = await WindowAsync(world);
        Assert.Equal((0, 0, Requests), (window.Requests, window.Errors, window.Refused));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Offer_OfMoreThanMemoryAllows_LeavesItOut(bool text)
    {
        await using var world = new ServingWorld();
        using var gate = new Gate();
        await ServeAsync(world, () => world.RegisterAsync("churn", new FakeModel(_ =>
        {
            gate.Pass();
            return [0.5];
        })));
        await world.PredictAsync("r");
        await gate.ReachedAsync();

        PredictionRecord large = Record(text ? Text(ShadowMirror.WaitingBytes * 2 / 3) : Numbers(ShadowMirror.WaitingBytes * 2 / 3));
        world.Shadows.Offer(large);
        world.Shadows.Offer(large);

        Assert.Equal((2, 1), (world.Shadows.Pending, world.Shadows.LeftOut));
        gate.Open();
        await Eventually.TrueAsync(() => world.Shadows.Pending == 0, "the copies are dealt with");
        world.Shadows.Offer(large);
        Assert.Equal(1, world.Shadows.LeftOut);
    }

    [Fact]
    public async Task Offer_OfACopyThatCannotBeRead_LeavesOutThatOneAlone()
    {
        await using var world = new ServingWorld();
        await ServeAsync(world, () => world.RegisterAsync("churn", FakeModel.Constant(0.5)));
        await world.PredictAsync("before");
        var unreadable = new ModelSignature(LearningTask.Binary, "y", [new FeatureSignature("note", ColumnType.Text, true)], ["No", "Yes"]);

        world.Shadows.Offer(Record(new RecordedRows(unreadable, [1], null)));
        await world.PredictAsync("after");
        await Eventually.TrueAsync(() => world.Shadows.Pending == 0, "the copies are dealt with");

        TrafficWindow window = await WindowAsync(world);
        Assert.Equal((2, 0, 1), (window.Requests, window.Errors, window.Refused));
    }

    /// <summary>Numbers that no shadow can bind, so that they cost nothing but room.</summary>
    private static RecordedRows Numbers(long bytes) => new(new Table([new NumberColumn("other", new double[bytes / sizeof(double)])]));

    private static RecordedRows Text(long bytes) => new(new Table([new TextColumn("other", [new string('x', (int)(bytes / sizeof(char)))])]));

    private static PredictionRecord Record(RecordedRows rows) =>
        new("churn", 1, "large", default, rows, new Predictions(LearningTask.Binary, ["No", "Yes"], [0.5]));

    private static async Task ServeAsync(ServingWorld world, Func<Task<int>> shadow)
    {
        await world.RegisterAsync("churn", FakeModel.Constant(0.9));
        int version = await shadow();
        await world.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(1), "test", Shadow: new ShadowShare(version, StickyBucket.Count)), None);
    }

    private static async Task AskAsync(ServingWorld world)
    {
        for (int i = 0; i < Requests; i++)
            Assert.Equal(1, (await world.PredictAsync($"r{i}")).Version);
    }

    private static Task<TrafficWindow> WindowAsync(ServingWorld world) => world.Stats.ReadAsync(ShadowMirror.LogName("churn"), 2, DateTimeOffset.UnixEpoch, None);
}
