using MlOps.Domain.Experiments;

namespace MlOps.Domain.Tests.Experiments;

public sealed class MetricHistoryTests : TrackerTest
{
    [Fact]
    public async Task InTime_OfStepsThatWereLoggedInAnotherOrder_IsByTimeThenStep()
    {
        await StartAsync("r1");
        await Tracker.LogMetricsAsync("r1", [Point("m", 1, step: 1, milliseconds: 30), Point("m", 2, step: 2, milliseconds: 10), Point("m", 3, step: 3, milliseconds: 10)], None);

        MetricHistory history = await Tracker.MetricHistoryAsync("r1", "m", None);

        Assert.Equal([1, 2, 3], history.Select(p => p.Step));
        Assert.Equal([2, 3, 1], history.InTime().Select(p => p.Step));
    }

    [Fact]
    public async Task Sample_OfAFewOfManySteps_KeepsTheEndsAndTheSameStepsOfEveryRun()
    {
        await LogAsync("r1", Enumerable.Range(0, 1_000));
        await LogAsync("r2", Enumerable.Range(300, 1_000));

        IReadOnlyList<IReadOnlyList<MetricPoint>> sampled = await Tracker.SampleHistoriesAsync(["r1", "r2"], "m", 13, long.MinValue, long.MaxValue, None);

        Assert.Equal([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 999], sampled[0].Select(p => p.Step));
        Assert.Equal([300, 400, 500, 600, 700, 800, 900, 999, 1_000, 1_100, 1_200, 1_299], sampled[1].Select(p => p.Step));
    }

    [Fact]
    public async Task Sample_BetweenBounds_KeepsEveryPointOfAStepAndTheLast()
    {
        await StartAsync("r1");
        await Tracker.LogMetricsAsync("r1", [.. Enumerable.Range(0, 20).Select(i => Point("m", i, i / 2))], None);

        IReadOnlyList<IReadOnlyList<MetricPoint>> sampled = await Tracker.SampleHistoriesAsync(["r1"], "m", 2, 3, 6, None);

        Assert.Equal([3, 3, 5, 5, 6, 6], sampled[0].Select(p => p.Step));
    }

    private async Task LogAsync(string run, IEnumerable<int> steps)
    {
        await StartAsync(run);
        await Tracker.LogMetricsAsync(run, [.. steps.Select(i => Point("m", i, i))], None);
    }
}
