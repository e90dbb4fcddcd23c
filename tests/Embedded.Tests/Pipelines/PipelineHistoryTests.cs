using System.Text;
using MlOps.Contracts;
using MlOps.CrashHost;
using MlOps.Domain;
using MlOps.Domain.Datasets;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Serving;
using MlOps.Embedded.Tests.Workflows;
using MlOps.Embedded.Workflows;
using MlOps.Learning.Tables;

namespace MlOps.Embedded.Tests.Pipelines;

/// <summary>Instances that began under the workflows of today are held against their committed histories, which <see cref="WorkflowHistoryTests"/> replays.</summary>
public sealed class PipelineHistoryTests : IAsyncLifetime
{
    private readonly TempDirectory _folder = new();
    private EmbeddedPlatform _embedded = null!;

    private Platform Platform => _embedded.Platform;

    public async Task InitializeAsync()
    {
        _embedded = await PipelineLoad.OpenAsync(_folder.FullPath, null);
        await _embedded.StartAsync(default);
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes(PipelineLoad.Csv()));
        await Platform.Datasets.AddAsync("shop", csv, new DatasetAddOptions(), default);
    }

    public async Task DisposeAsync()
    {
        await _embedded.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Pipeline_WithApprovalRolloutAndMonitoring_AsksForTheCommittedSteps()
    {
        PipelineRun run = await RunAsync("registration: { approval: manual, approvalDeadline: 1h }\n");

        Histories.IsCommitted("pipeline-3.json", await ExportAsync(run.Id));
    }

    [Fact]
    public async Task DriftCheck_WithAlarmAndRetrain_AsksForTheCommittedSteps()
    {
        await RunAsync("  retrain: { on: drift, cooldown: 1h, data: withFeedback }\n");
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes(PipelineLoad.Csv(shift: 60)));
        Table drifted = (await CsvReader.ReadAsync(csv, new CsvOptions(), default)).Without("bought");
        for (int i = 0; i < 2; i++)
            await Platform.Predictor.PredictAsync(new PredictionRequest(PipelineLoad.Model, null, drifted, $"r{i}", null), default);

        MonitorOutcome outcome = await Platform.Monitors.CheckNowAsync(PipelineLoad.Model, ReportKind.Drift, default);

        Assert.NotNull(outcome.RetrainId);
        Histories.IsCommitted("drift-check-1.json", await ExportAsync(outcome.Report.Id));
    }

    private async Task<PipelineRun> RunAsync(string more)
    {
        await Platform.Pipelines.RegisterAsync(PipelineLoad.Yaml + more, "shop.yaml", "test", default);
        PipelineRun run = await Platform.Pipelines.RunAsync(PipelineLoad.Model, PipelineLoad.Trigger, default);
        await Eventually.TrueAsync(async () => (run = await Platform.Pipelines.GetRunAsync(run.Id, default)).State != PipelineRunState.Running, "the run ends or waits");
        if (run.State == PipelineRunState.WaitingForApproval)
            await Platform.Pipelines.ApproveAsync(run.Id, new ApprovalDecision(true, "ann"), default);
        run = await Platform.Pipelines.WaitAsync(run.Id, default);
        Assert.Equal(PipelineEnd.Promoted, run.Result?.End);
        return run;
    }

    private Task<string> ExportAsync(string instanceId) => WorkflowHistory.ExportAsync(Platform.Ports.Tables, instanceId, default);
}
