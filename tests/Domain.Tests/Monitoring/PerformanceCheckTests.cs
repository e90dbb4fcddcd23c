using MlOps.Domain.Monitoring;

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
