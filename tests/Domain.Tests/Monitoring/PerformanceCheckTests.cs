using MlOps.Domain.Monitoring;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;

namespace MlOps.Domain.Tests.Monitoring;

public sealed class PerformanceCheckTests
{
    private const string Watch = """
        monitoring:
          performance: { metric: auc, atLeast: 0.7, minRows: 100 }
          retrain: { on: performance, cooldown: 1h }
        """;

    [Fact]
    public async Task Check_GoodPredictions_HoldsTheLimit()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(300, seed: 5, truth: true);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Performance, default);

        Assert.Equal((ReportStatus.Ok, 300L), (outcome.Report.Status, outcome.Report.Rows));
        Assert.True(outcome.Report.Value > 0.7);
    }

    [Fact]
    public async Task Check_WithTruthsOfAClassThatTheChampionDoesNotKnow_LeavesThemOutAndSaysSo()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(300, seed: 5, truth: true);
        // As they come in while a version that knows the class has traffic.
        await new FeedbackRows(shop.World.Platform.Ports.Tables).AddAsync(
            "shop", [.. Enumerable.Range(0, 20).Select(row => new Feedback("request-1", row, "Perhaps"))], shop.World.Platform.Ports.Time, default);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Performance, default);
        LabelledData data = await new LabelledRows(shop.World.Platform.Feedback, new ServedVersions(shop.World.Platform.Registry, shop.World.Platform.Ports.Time))
            .ReadAsync("shop", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, default);

        Assert.Equal((ReportStatus.Ok, 280L), (outcome.Report.Status, outcome.Report.Rows));
        Assert.EndsWith("; 20 left out whose truth is a class that version 1 does not know", outcome.Report.Summary, StringComparison.Ordinal);
        Assert.Equal((280, 20), (data.Rows.RowCount, data.Unknown));
    }

    [Fact]
    public async Task Check_WrongPredictions_AlertsAndRetrains()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(300, seed: 5, truth: true, lie: true);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Performance, default);

        Assert.Equal(ReportStatus.Alarm, outcome.Report.Status);
        Assert.Contains("below its limit 0.7", outcome.Report.Summary);
        Assert.Equal(ReportKind.Performance, Assert.Single(shop.Sink.Sent).Kind);
        Assert.NotNull(outcome.RetrainId);
    }

    [Fact]
    public async Task Check_TruthOfTooFew_DecidesNothing()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(300, seed: 5);
        await shop.SendAsync(50, seed: 6, truth: true, lie: true);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Performance, default);

        Assert.Equal((ReportStatus.NotEnoughRows, 50L), (outcome.Report.Status, outcome.Report.Rows));
    }
}
