using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

public sealed class MetricTailTests : TrackerTest
{
    [Fact]
    public async Task SinglePoints_UpToAFullTail_LeaveNoRowOfTheirOwn()
    {
        await StartAsync("r1");
        for (int i = 0; i < 40; i++)
            await Tracker.LogMetricsAsync("r1", [Point("m", i, i)], None);

        Assert.Empty((await Stores.Tables.QueryAsync("metricLog", "r1", EntityRange.All, None)).Entities);
        Assert.Equal(Enumerable.Range(0, 40), (await NewTracker().MetricHistoryAsync("r1", "m", None)).Select(p => (int)p.Step));
    }

    [Fact]
    public async Task SinglePoints_OfOneMetricAgainAndAgain_GetRowsOfManyEach()
    {
        await StartAsync("r1");
        for (int i = 0; i < 300; i++)
            await Tracker.LogMetricsAsync("r1", [Point("m", i, i)], None);

        Assert.InRange((await Stores.Tables.QueryAsync("metricLog", "r1", EntityRange.All, None)).Entities.Count, 3, 4);
        Assert.Equal(Enumerable.Range(0, 300), (await NewTracker().MetricHistoryAsync("r1", "m", None)).Select(p => (int)p.Step));
    }

    [Fact]
    public async Task SinglePoints_OfManyMetrics_StayTogetherUntilEachHasMany()
    {
        await StartAsync("r1");
        for (int i = 0; i < 300; i++)
            await Tracker.LogMetricsAsync("r1", [Point($"m{i % 20}", i, i)], None);

        Assert.Empty((await Stores.Tables.QueryAsync("metricLog", "r1", EntityRange.All, None)).Entities);
        Assert.Equal(Enumerable.Range(0, 15).Select(i => 7 + (20 * i)), (await NewTracker().MetricHistoryAsync("r1", "m7", None)).Select(p => (int)p.Step));
    }

    [Fact]
    public async Task ManyMetricsWithFewPoints_ShareRows()
    {
        await StartAsync("r1");
        for (int step = 0; step < 4; step++)
            await Tracker.LogMetricsAsync("r1", [.. Enumerable.Range(0, 500).Select(i => Point($"m{i}", i, step))], None);

        int rows = (await Stores.Tables.QueryAsync("metricLog", "r1", EntityRange.All, None)).Entities.Count;

        Assert.InRange(rows, 1, 4);
        foreach (int i in new[] { 0, 250, 499 })
            Assert.Equal([0, 1, 2, 3], (await Tracker.MetricHistoryAsync("r1", $"m{i}", None)).Select(p => (int)p.Step));
    }

    [Fact]
    public async Task RunRow_LostAfterThePointsMoved_ReadsEachPointOnce()
    {
        await StartAsync("r1");
        await Tracker.LogMetricsAsync("r1", [.. Enumerable.Range(0, 1_000).Select(i => Point("m", i, i))], None);
        EntityPage before = await Stores.Tables.QueryAsync("runs", (await Tracker.GetRunAsync("r1", None)).ExperimentId, new EntityRange(To: "a"), None);
        await Tracker.LogMetricsAsync("r1", [.. Enumerable.Range(1_000, 1_000).Select(i => Point("m", i, i))], None);

        // As after a crash between the two writes: the points are in the log, and the row still has its own.
        await Stores.Tables.WriteAsync("runs", EntityWrite.Upsert(before.Entities[0]), None);

        Assert.Equal(2_000, (await Tracker.MetricHistoryAsync("r1", "m", None)).Count);
    }

    [Fact]
    public void Block_OfAnyPoints_ComesBack() => Prop.ForAll(
        Gen.Elements("a", "ä/約", "a b").SelectMany(name => ArbMap.Default.GeneratorFor<(double V, long S, long T)[]>().Select(points => (name, points))).ListOf().ToArbitrary(),
        metrics =>
        {
            (string Name, LatestMetric[] Points)[] distinct = [.. metrics.DistinctBy(m => m.name).Select(m => (m.name, m.points.Select(p => new LatestMetric(p.V, p.S, p.T)).ToArray()))];
            byte[] block = MetricBlock.Pack([.. distinct.Select(m => (m.Name, PackedPoints.Of(m.Points)))]);
            return MetricBlock.Unpack(block).Select(m => (m.Name, string.Join(';', m.Points.Unpack()))).SequenceEqual(distinct.Select(m => (m.Name, string.Join(';', m.Points))))
                && distinct.All(m => Unpacked(block, m.Name).Select(p => p.ToString()).SequenceEqual(m.Points.Select(p => p.ToString())))
                && Unpacked(block, "none").Count == 0;
        }).QuickCheckThrowOnFailure();

    private static List<LatestMetric> Unpacked(byte[] block, string metric)
    {
        var points = new List<LatestMetric>();
        MetricBlock.Unpack(block, metric, points);
        return points;
    }
}
