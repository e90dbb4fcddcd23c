using MlOps.Domain.Datasets;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Tests.Pipelines;

namespace MlOps.Domain.Tests.Monitoring;

public sealed class DriftCheckTests
{
    private const string Watch = """
        monitoring:
          drift: { every: 1h, window: 1d, minRows: 100 }
          retrain: { on: drift, cooldown: 1h, data: withFeedback }
        """;

    [Fact]
    public async Task Check_SameDistribution_RaisesNoAlarm()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(500, seed: 77);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);

        Assert.Equal(ReportStatus.Ok, outcome.Report.Status);
        Assert.Equal((500, 1, "shop@1"), (outcome.Report.Rows, outcome.Report.Version, outcome.Report.Reference));
        Assert.False(outcome.Alerted);
        Assert.Empty(shop.Sink.Sent);
        Assert.Empty(await shop.World.Monitors.ListAlertsAsync(null, default).ToListAsync());
    }

    [Fact]
    public async Task Check_ShiftedInput_AlertsOnceWithAReportThatNamesTheColumn()
    {
        await using ServedShop shop = await ServedShop.OpenAsync("monitoring: { drift: { minRows: 100 } }");
        await shop.SendAsync(500, seed: 77, shift: 40);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);

        Assert.Equal(ReportStatus.Alarm, outcome.Report.Status);
        Assert.Equal(["income"], outcome.Report.Drifted);
        Alert alert = Assert.Single(shop.Sink.Sent);
        Assert.Equal(alert, Assert.Single(await shop.World.Monitors.ListAlertsAsync("shop", default).ToListAsync()), AlertsAreEqual);
        Assert.Null(outcome.RetrainId);
        FullReport full = await shop.World.Monitors.GetReportAsync("shop", outcome.Report.Id, default);
        DriftColumn income = full.Drift!.Columns.Single(c => c.Name == "income");
        Assert.True(income is { Drifted: true, Test: "ks", PValue: < 1e-6, Score: > 0.3, Psi: > 0.25 });
        Assert.All(full.Drift.Columns.Where(c => c.Name != "income"), c => Assert.False(c.Drifted));
    }

    [Fact]
    public async Task Check_TooFewRows_DecidesNothing()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(99, seed: 77, shift: 40);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);

        Assert.Equal(ReportStatus.NotEnoughRows, outcome.Report.Status);
        Assert.Contains("99 predictions in the window, 100 are needed", outcome.Report.Summary);
        Assert.False(outcome.Alerted);
    }

    [Fact]
    public async Task Check_NoChampion_SaysWhyInsteadOfFailing()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("nothing", ReportKind.Drift, default);

        Assert.Equal(ReportStatus.NotPossible, outcome.Report.Status);
        Assert.Contains("nothing", outcome.Report.Summary);
    }

    [Fact]
    public async Task Check_Drift_RetrainsOnLabelledPredictionsOnceWithinTheCooldown()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(300, seed: 77, shift: 40, truth: true);
        await shop.SendAsync(200, seed: 78, shift: 40);

        MonitorOutcome first = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);
        MonitorOutcome second = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);

        Assert.NotNull(first.RetrainId);
        Assert.True(second.Alerted);
        Assert.Null(second.RetrainId);
        await shop.World.Engine.WaitAsync(first.RetrainId!, default);
        PipelineRun run = Assert.Single(await shop.World.Pipelines.ListRunsAsync("shop", default).Where(r => r.Trigger.Reason == TriggerReason.Drift).ToListAsync());
        run = await shop.World.Pipelines.WaitAsync(run.Id, default);
        Assert.Equal("shop@2", run.Result!.Dataset);
        DatasetVersion grown = await shop.World.Datasets.GetAsync(new DatasetRef("shop", 2), default);
        Assert.Equal((900, RetrainData.Source, "shop@1"), (grown.Rows, grown.Lineage.Source, grown.Lineage.Parent));
        Assert.Contains("300 labelled predictions of shop", grown.Lineage.Detail);
        Assert.Equal(PipelineEnd.Promoted, run.Result.End);
        Assert.Equal(2, (await shop.World.Registry.ResolveAsync(ModelSelector.Parse("shop@champion"), default)).Version);
    }

    [Fact]
    public async Task Check_RetrainThatCouldNotBeMadeReady_LeavesTheCooldownToTheNext()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(300, seed: 77, shift: 40, truth: true);
        MonitorPolicy policy = (await shop.World.Monitors.FindPolicyAsync("shop", default))!.Policy;
        await shop.World.Monitors.SetPolicyAsync(policy with { Retrain = policy.Retrain! with { Dataset = "gone" } }, default);

        await Assert.ThrowsAsync<MlOpsException>(() => shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default));
        await shop.World.Monitors.SetPolicyAsync(policy, default);
        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);

        Assert.NotNull(outcome.RetrainId);
    }

    [Fact]
    public async Task Check_AfterTheCooldown_RetrainsAgain()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch.Replace("1h, data", "0s, data", StringComparison.Ordinal));
        await shop.SendAsync(300, seed: 77, shift: 40, truth: true);

        MonitorOutcome first = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);
        MonitorOutcome second = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);

        Assert.NotNull(first.RetrainId);
        Assert.NotNull(second.RetrainId);
        Assert.NotEqual(first.RetrainId, second.RetrainId);
    }

    [Fact]
    public async Task Check_OnlyMissingShareChanged_SaysSo()
    {
        await using ServedShop shop = await ServedShop.OpenAsync("monitoring: { drift: { minRows: 100 } }", incomeGapEvery: 10);
        await shop.SendAsync(300, seed: 77, incomeGapEvery: 2);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);

        Assert.Contains("income (missing 10.0%", outcome.Report.Summary);
        Assert.Contains("-> 50.0%)", outcome.Report.Summary);
    }

    [Fact]
    public async Task Check_UploadThatSaysFeedback_IsAVersionToBuildOn()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        using var csv = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(SmallData.Csv(700)));
        await shop.World.Datasets.AddAsync("shop", csv, new DatasetAddOptions { Source = "feedback" }, default);
        await shop.SendAsync(300, seed: 77, shift: 40, truth: true);

        await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);

        DatasetVersion grown = await shop.World.Datasets.GetAsync(new DatasetRef("shop"), default);
        Assert.Equal((1000, "shop@2", "monitoring"), (grown.Rows, grown.Lineage.Parent, grown.Lineage.MadeBy));
    }

    [Fact]
    public async Task Check_SinkThatRefuses_IsReportedAndHoldsNothingUp()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        shop.Sink.Failures = int.MaxValue;
        await shop.SendAsync(300, seed: 77, shift: 40, truth: true);

        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);

        Assert.Equal(["recording"], outcome.Undelivered);
        Assert.NotNull(outcome.RetrainId);
        Assert.Single(await shop.World.Monitors.ListAlertsAsync("shop", default).ToListAsync());
    }

    [Fact]
    public async Task Tick_DueCheck_RunsOnceForEachDueTime()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        await shop.SendAsync(300, seed: 77);
        DateTimeOffset since = (await shop.World.Monitors.FindPolicyAsync("shop", default))!.Since;

        await shop.World.Timers.TickAsync(since.AddMinutes(59), default);
        Assert.Empty(await shop.World.Engine.ListAsync(DriftCheckWorkflow.WorkflowName, null, default).ToListAsync());
        await shop.World.Timers.TickAsync(since.AddMinutes(60), default);
        await shop.World.NewTimers().TickAsync(since.AddMinutes(61), default);
        await shop.World.Timers.TickAsync(since.AddMinutes(119), default);

        string id = Assert.Single(await shop.World.Engine.ListAsync(DriftCheckWorkflow.WorkflowName, null, default).ToListAsync()).InstanceId;
        await shop.World.Engine.WaitAsync(id, default);
        Assert.Equal(id, (await shop.World.Monitors.FindLatestAsync("shop", ReportKind.Drift, default))!.Id);
    }

    [Fact]
    public async Task SetPolicy_SameAgain_MovesNothing_OtherOneBeginsAnew()
    {
        await using ServedShop shop = await ServedShop.OpenAsync(Watch);
        MonitorState state = (await shop.World.Monitors.FindPolicyAsync("shop", default))!;

        await shop.World.Monitors.SetPolicyAsync(state.Policy, default);
        Assert.Equal(state.Since, (await shop.World.Monitors.FindPolicyAsync("shop", default))!.Since);
        await shop.World.Monitors.SetPolicyAsync(state.Policy with { Retrain = null }, default);

        Assert.True((await shop.World.Monitors.FindPolicyAsync("shop", default))!.Since > state.Since);
    }

    private static bool AlertsAreEqual(Alert a, Alert b) => (a with { Drifted = [] }) == (b with { Drifted = a.Drifted.Count == 0 ? a.Drifted : [] }) && a.Drifted.SequenceEqual(b.Drifted);
}
