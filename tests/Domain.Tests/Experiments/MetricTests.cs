using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

public sealed class MetricTests : TrackerTest
{
    [Fact]
    public async Task LogMetrics_SeveralSteps_LatestIsTheGreatestStepWhateverTheOrder()
    {
        await StartAsync("r1");

        await Tracker.LogMetricsAsync("r1", [Point("loss", 0.1, step: 9), Point("loss", 0.9, step: 1)], None);
        await Tracker.LogMetricsAsync("r1", [Point("loss", 0.5, step: 5)], None);

        Run run = await Tracker.GetRunAsync("r1", None);
        Assert.Equal(0.1, run.Metrics["loss"]);
        Assert.Equal(9, Assert.Single(run.LatestMetrics).Step);
    }

    [Theory]
    [InlineData(1, 0, 0.1, true)]
    [InlineData(0, 1, 0.1, true)]
    [InlineData(0, 0, 0.9, true)]
    [InlineData(0, 0, 0.1, false)]
    [InlineData(-1, 1, 0.9, false)]
    public async Task LogMetrics_Second_IsLatestByStepThenTimeThenValue(long step, int milliseconds, double value, bool latest)
    {
        await StartAsync("r1");
        await Tracker.LogMetricsAsync("r1", [Point("m", 0.5)], None);

        await Tracker.LogMetricsAsync("r1", [Point("m", value, step, milliseconds)], None);

        Assert.Equal(latest ? value : 0.5, (await Tracker.GetRunAsync("r1", None)).Metrics["m"]);
    }

    [Fact]
    public async Task History_OfPointsLoggedOutOfOrder_IsInOrder()
    {
        await StartAsync("r1");
        foreach (long step in new[] { 7, -3, 0, 100, long.MaxValue, long.MinValue, 7_000_000_000 })
            await Tracker.LogMetricsAsync("r1", [Point("m", 1, step)], None);

        IReadOnlyList<MetricPoint> history = await Tracker.MetricHistoryAsync("r1", "m", None);

        Assert.Equal([long.MinValue, -3, 0, 7, 100, 7_000_000_000, long.MaxValue], history.Select(p => p.Step));
    }

    [Fact]
    public async Task LogMetrics_SamePointsAgain_StoresThemOnce()
    {
        await StartAsync("r1");
        MetricPoint[] points = [.. Enumerable.Range(0, 100).Select(i => Point("m", i, i))];

        await Tracker.LogMetricsAsync("r1", points, None);
        await Tracker.LogMetricsAsync("r1", points, None);
        await Tracker.LogMetricsAsync("r1", [points[3], points[99]], None);

        Assert.Equal(points, await Tracker.MetricHistoryAsync("r1", "m", None));
    }

    [Fact]
    public async Task LogMetrics_RepeatedCall_WritesNoNewRow()
    {
        await StartAsync("r1");
        MetricPoint[] points = [.. Enumerable.Range(0, 5_000).Select(i => Point("m", i, i))];

        await Tracker.LogMetricsAsync("r1", points, None);
        await Tracker.LogMetricsAsync("r1", points, None);

        EntityPage rows = await Stores.Tables.QueryAsync("metricLog", "r1", EntityRange.All, None);
        Assert.Equal(3, rows.Entities.Count);
    }

    [Fact]
    public async Task LogMetrics_OtherValueAtTheSameStepAndTime_IsAnotherPoint()
    {
        await StartAsync("r1");

        await Tracker.LogMetricsAsync("r1", [Point("m", 1), Point("m", 2)], None);

        Assert.Equal([1.0, 2.0], (await Tracker.MetricHistoryAsync("r1", "m", None)).Select(p => p.Value));
    }

    [Fact]
    public async Task LogMetrics_ValuesThatAreNotFinite_ComeBack()
    {
        await StartAsync("r1");
        double[] values = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon];

        await Tracker.LogMetricsAsync("r1", [.. values.Select((v, i) => Point("m", v, i))], None);
        await Tracker.LogMetricsAsync("r1", [Point("nan", double.NaN)], None);

        IReadOnlyList<MetricPoint> history = await Tracker.MetricHistoryAsync("r1", "m", None);
        Assert.Equal(values.Select(BitConverter.DoubleToInt64Bits), history.Select(p => BitConverter.DoubleToInt64Bits(p.Value)));
        Assert.Equal(double.NaN, (await Tracker.GetRunAsync("r1", None)).Metrics["nan"]);
    }

    [Fact]
    public async Task LogMetrics_BothZerosAtTheSameStepAndTime_AreOnePoint()
    {
        await StartAsync("r1");

        await Tracker.LogMetricsAsync("r1", [Point("m", 0.0), Point("m", -0.0)], None);
        await Tracker.LogMetricsAsync("r1", [Point("n", -0.0)], None);

        Assert.Single(await Tracker.MetricHistoryAsync("r1", "m", None));
        Assert.Equal(0L, BitConverter.DoubleToInt64Bits((await Tracker.GetRunAsync("r1", None)).Metrics["n"]));
    }

    [Fact]
    public async Task LogMetrics_NumberAfterNaNAtTheSameStep_StandsAsLatest()
    {
        await StartAsync("r1");

        await Tracker.LogMetricsAsync("r1", [Point("m", double.NaN), Point("m", -5)], None);

        Assert.Equal(-5, (await Tracker.GetRunAsync("r1", None)).Metrics["m"]);
    }

    [Fact]
    public async Task History_OfOneMetric_HoldsNothingOfTheOthers()
    {
        await StartAsync("r1");
        await StartAsync("r2");
        await Tracker.LogMetricsAsync("r1", [Point("a", 1), Point("a/b", 2), Point("ab", 3)], None);
        await Tracker.LogMetricsAsync("r2", [Point("a", 4)], None);

        Assert.Equal(1, Assert.Single(await Tracker.MetricHistoryAsync("r1", "a", None)).Value);
        Assert.Empty(await Tracker.MetricHistoryAsync("r1", "b", None));
    }

    [Fact]
    public async Task LogMetrics_OfEightWritersAtOnce_AreAllInHistoryAndLatest()
    {
        await StartAsync("r1");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (int i = 0; i < 20; i++)
                await Tracker.LogMetricsAsync("r1", [Point("shared", (w * 100) + i, (w * 100) + i), Point($"own{w}", i, i)], None);
        })));

        Run run = await Tracker.GetRunAsync("r1", None);
        Assert.Equal(160, (await Tracker.MetricHistoryAsync("r1", "shared", None)).Count);
        Assert.Equal(719, run.Metrics["shared"]);
        Assert.All(Enumerable.Range(0, 8), w => Assert.Equal(19, run.Metrics[$"own{w}"]));
    }

    [Fact]
    public async Task LogMetrics_TwoHundredThousandPointsInOneCall_TakeFewRows()
    {
        await StartAsync("r1");
        MetricPoint[] points = [.. Enumerable.Range(0, 200_000).Select(i => Point("m", Math.Sin(i), i))];

        await Tracker.LogMetricsAsync("r1", points, None);

        EntityPage rows = await Stores.Tables.QueryAsync("metricLog", "r1", EntityRange.All, None);
        Assert.Equal(100, rows.Entities.Count);
        Assert.Equal(200_000, (await Tracker.MetricHistoryAsync("r1", "m", None)).Count);
    }
}
