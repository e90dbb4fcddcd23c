using MlOps.Contracts;
using MlOps.Domain.Datasets;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Experiments;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Tests.Pipelines;

public sealed class PipelineRunTests : IAsyncLifetime
{
    private readonly TempDirectory _folder = new();
    private PipelineWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await PipelineWorld.OpenAsync(_folder.FullPath);
        await _world.AddAsync("shop", SmallData.Csv(300));
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_GoodData_PromotesTheFirstVersionWithItsLineage()
    {
        PipelineRun run = await _world.RunAsync(SmallData.Pipeline);

        Assert.Equal((PipelineRunState.Succeeded, PipelineEnd.Promoted), (run.State, run.Result?.End));
        Assert.Equal(["data", "schema", "train gbdt", "evaluate", "gates", "register", "rollout", "monitor"], run.Steps.Select(s => s.Name));
        Assert.All(run.Steps, s => Assert.Equal(StepState.Succeeded, s.State));
        Assert.All(run.Steps, s => Assert.True(s.EndedAt >= s.StartedAt && s.Summary!.Length > 0));
        ModelVersion champion = await _world.Registry.ResolveAsync(ModelSelector.Parse("shop@champion"), default);
        Assert.Equal((1, run.Result!.RunId, run.Result.ModelDigest), (champion.Version, champion.RunId, champion.ModelDigest));
        Assert.Equal(("shop@1", run.Document, run.Id), (champion.Lineage.Dataset, champion.Lineage.SpecDigest, champion.Lineage.PipelineRun));
        Assert.True(run.Result.Metrics["auc"] > 0.7);
        Run trained = await _world.Tracker.GetRunAsync(champion.RunId, default);
        Assert.Equal(RunStatus.Finished, trained.Status);
        Assert.Equal("passed", trained.Tags["gates"]);
        Assert.Equal(run.Result.Metrics["auc"], trained.Metrics["test.auc"]);
    }

    [Fact]
    public async Task Run_Twice_ComparesWithTheChampionOnTheSameRowsAndGivesTheSameModel()
    {
        string yaml = SmallData.Pipeline + "slices: [region]\n";
        PipelineRun first = await _world.RunAsync(yaml);

        PipelineRun second = await _world.RunAsync(yaml.Replace("absolute:", "champion: [{ metric: auc }]\n  absolute:", StringComparison.Ordinal));

        Assert.Equal(PipelineEnd.Promoted, second.Result!.End);
        Assert.Equal(first.Result!.ModelDigest, second.Result.ModelDigest);
        Assert.Equal(2, second.Result.Version);
        GateVerdict champion = second.Result.Gates.Single(g => g.Gate.Contains("champion", StringComparison.Ordinal));
        Assert.Equal(champion.Limit, champion.Value);
        Assert.Contains("champion (version 1)", second.Steps.Single(s => s.Name == "evaluate").Summary);
    }

    [Fact]
    public async Task Run_DataLostAColumnTheChampionNeeds_IsRejectedOnlyWhereAGateComparesWithIt()
    {
        await _world.RunAsync(SmallData.Pipeline);
        string narrow = string.Join('\n', SmallData.Csv(300).Split('\n').Where(l => l.Length > 0).Select(l => l[(l.IndexOf(',', StringComparison.Ordinal) + 1)..])) + "\n";
        await _world.AddAsync("shop", narrow);
        string lenient = SmallData.Pipeline.Replace("0.6", "0.1", StringComparison.Ordinal);

        PipelineRun compared = await _world.RunAsync(lenient.Replace("absolute:", "champion: [{ metric: auc }]\n  absolute:", StringComparison.Ordinal));
        PipelineRun alone = await _world.RunAsync(lenient);

        Assert.Equal(PipelineEnd.GateFailed, compared.Result?.End);
        Assert.Contains("cannot be measured against shop/1", compared.Result!.Reason);
        Assert.Contains("income", compared.Result.Reason);
        Assert.Equal((PipelineEnd.Promoted, "shop@2"), (alone.Result?.End, alone.Result?.Dataset));
    }

    [Fact]
    public async Task Run_GateNotPassed_EndsRejectedWithTheVerdictAndKeepsTheRun()
    {
        PipelineRun run = await _world.RunAsync(SmallData.Pipeline.Replace("0.6", "0.9999", StringComparison.Ordinal));

        Assert.Equal((PipelineRunState.Rejected, PipelineEnd.GateFailed), (run.State, run.Result!.End));
        GateVerdict verdict = Assert.Single(run.Result.Gates);
        Assert.False(verdict.Passed);
        Assert.Equal((0.9999, run.Result.Metrics["auc"]), (verdict.Limit, verdict.Value));
        Assert.Contains("auc >= 0.9999", run.Result.Reason);
        Assert.Equal(StepState.Failed, run.Steps.Single(s => s.Name == "gates").State);
        Assert.Equal(StepState.Skipped, run.Steps.Single(s => s.Name == "register").State);
        Assert.Empty(await _world.Registry.ListModelsAsync(default));
        Run kept = await _world.Tracker.GetRunAsync(run.Result.RunId!, default);
        Assert.Equal("failed", kept.Tags["gates"]);
    }

    [Fact]
    public async Task Run_SchemaBroken_EndsRejectedBeforeTrainingWithEveryBreach()
    {
        PipelineRun run = await _world.RunAsync(SmallData.Pipeline + """
            schema:
              minRows: 1000
              columns:
                income: { type: number, max: 50 }
                regoin: { notNull: true }
                region: { values: [north] }
            """);

        Assert.Equal(PipelineEnd.SchemaFailed, run.Result!.End);
        Assert.Contains("300 rows, at least 1,000", run.Result.Reason);
        Assert.Contains("values outside", run.Result.Reason);
        Assert.Contains("column 'regoin' is absent; did you mean 'region'?", run.Result.Reason);
        Assert.Contains("not allowed: 'south' (allowed: north)", run.Result.Reason);
        Assert.Empty(await _world.Tracker.ListExperimentsAsync(default));
    }

    [Fact]
    public async Task Run_SeveralTrainers_TheBestOnTheValidationRowsIsRegistered()
    {
        string trainers = "trainers:\n  - { use: linear }\n  - { use: gbdt, name: stump, parameters: { trees: 1, depth: 1 } }\n";
        PipelineRun run = await _world.RunAsync(string.Join('\n', SmallData.Pipeline.Split('\n').Where(l => !l.StartsWith("trainer:", StringComparison.Ordinal))) + trainers);

        Assert.Equal(PipelineEnd.Promoted, run.Result!.End);
        Assert.Contains("train stump", run.Steps.Select(s => s.Name));
        ModelVersion version = await _world.Registry.GetVersionAsync("shop", 1, default);
        Assert.Equal("linear", version.Trainer);
        Assert.StartsWith("linear: auc", run.Steps.Single(s => s.Name == "evaluate").Summary);
    }

    [Fact]
    public async Task Run_NoRollout_IsRegisteredWithoutTraffic()
    {
        PipelineRun run = await _world.RunAsync(SmallData.Pipeline.Replace("rollout: { strategy: direct }", "", StringComparison.Ordinal));

        Assert.Equal((PipelineRunState.Succeeded, PipelineEnd.Registered), (run.State, run.Result!.End));
        Assert.Null(await _world.Endpoints.FindAsync("shop", default));
    }

    [Fact]
    public async Task Run_UnknownDataset_FailsAndARerunGoesOnOnceItIsThere()
    {
        PipelineRun run = await _world.RunAsync(SmallData.Pipeline.Replace("dataset: shop", "dataset: shops", StringComparison.Ordinal));
        Assert.Equal(PipelineRunState.Failed, run.State);
        Assert.Equal("dataset-missing", run.Failure!.Code);
        Assert.Equal(StepState.Failed, run.Steps.Single().State);

        await _world.AddAsync("shops", SmallData.Csv(300));
        await _world.Pipelines.RerunAsync(run.Id, default);
        run = await _world.Pipelines.WaitAsync(run.Id, default);

        Assert.Equal((PipelineRunState.Succeeded, PipelineEnd.Promoted), (run.State, run.Result?.End));
    }

    [Fact]
    public async Task Approve_WaitingRun_GoesOnUnderTheNameOfWhoApproved()
    {
        PipelineRun run = await StartWaitingAsync("registration: { approval: manual }\n");

        await _world.Pipelines.ApproveAsync(run.Id, new ApprovalDecision(true, "ann"), default);
        run = await _world.Pipelines.WaitAsync(run.Id, default);

        Assert.Equal(PipelineEnd.Promoted, run.Result!.End);
        Assert.Equal("approved by ann", run.Steps.Single(s => s.Name == "approval").Summary);
        Assert.Equal("ann", (await _world.Registry.GetVersionAsync("shop", 1, default)).CreatedBy);
    }

    [Fact]
    public async Task Approve_ChampionChangedMeanwhile_MeasuresAgainAndTheGateDecides()
    {
        const string weak = "trainer: { use: gbdt, parameters: { trees: 1, depth: 1 } }", strong = "trainer: { use: gbdt, parameters: { trees: 5, depth: 3 } }";
        string gated = SmallData.Pipeline.Replace("absolute:", "champion: [{ metric: auc }]\n  absolute:", StringComparison.Ordinal);
        PipelineRun waiting = await StartWaitingAsync(gated.Replace(strong, weak, StringComparison.Ordinal), "registration: { approval: manual }\n");
        await _world.RunAsync(SmallData.Pipeline.Replace("name: shop", "name: rival", StringComparison.Ordinal) + "registration: { model: shop }\n");

        await _world.Pipelines.ApproveAsync(waiting.Id, new ApprovalDecision(true, "ann"), default);
        PipelineRun run = await _world.Pipelines.WaitAsync(waiting.Id, default);

        Assert.Equal(PipelineEnd.GateFailed, run.Result!.End);
        Assert.StartsWith("the champion changed while the run waited for approval; auc vs champion: auc is", run.Result.Reason);
        Assert.Contains("champion (version 1)", run.Steps.Single(s => s.Name == "evaluate").Summary);
        Assert.Equal(1, Assert.Single(await _world.Registry.ListVersionsAsync("shop", default)).Version);
    }

    [Fact]
    public async Task Run_MonitoringTakenOutOfTheFile_EndsThePipelinesOwnPolicy()
    {
        const string watched = "monitoring: { drift: { every: 1h } }\n";
        await _world.RunAsync(SmallData.Pipeline + watched);
        await _world.RunAsync(SmallData.Pipeline.Replace("name: shop", "name: rival", StringComparison.Ordinal) + "registration: { model: shop }\n");
        Assert.Equal("shop", (await _world.Monitors.FindPolicyAsync("shop", default))?.Policy.Owner);

        PipelineRun run = await _world.RunAsync(SmallData.Pipeline);

        Assert.Equal("no longer watched: the file has no 'monitoring'", run.Steps.Single(s => s.Name == "monitor").Summary);
        Assert.Null(await _world.Monitors.FindPolicyAsync("shop", default));
    }

    [Fact]
    public async Task Run_RolloutAndMonitoringTakenOutOfTheFile_EndsThePolicyToo()
    {
        await _world.RunAsync(SmallData.Pipeline + "monitoring: { drift: { every: 1h } }\n");

        await _world.RunAsync(SmallData.Pipeline.Replace("rollout: { strategy: direct }", "", StringComparison.Ordinal));

        Assert.Null(await _world.Monitors.FindPolicyAsync("shop", default));
    }

    [Fact]
    public async Task Run_WithoutValidationRows_SaysThatTheScoreIsOfTheTrainingRows()
    {
        PipelineRun run = await _world.RunAsync(SmallData.Pipeline + "split: { validation: 0% }\n");

        Assert.EndsWith("on the training rows", run.Steps.Single(s => s.Name == "train gbdt").Summary);
    }

    [Fact]
    public async Task Approve_Refused_EndsRejectedAndRegistersNothing()
    {
        PipelineRun run = await StartWaitingAsync("registration: { approval: manual }\n");

        await _world.Pipelines.ApproveAsync(run.Id, new ApprovalDecision(false, "bob", "too risky"), default);
        run = await _world.Pipelines.WaitAsync(run.Id, default);

        Assert.Equal((PipelineRunState.Rejected, PipelineEnd.Refused), (run.State, run.Result!.End));
        Assert.Equal("refused by bob: too risky", run.Result.Reason);
        Assert.Empty(await _world.Registry.ListModelsAsync(default));
    }

    [Fact]
    public async Task Approve_NobodyInTime_CountsAsRefused()
    {
        PipelineRun run = await _world.RunAsync(SmallData.Pipeline + "registration: { approval: manual, approvalDeadline: 1s }\n");

        Assert.Equal(PipelineEnd.Refused, run.Result!.End);
        Assert.Contains("nobody answered within 1s", run.Result.Reason);
    }

    [Fact]
    public async Task Approve_RunThatDoesNotWait_IsAConflict()
    {
        PipelineRun run = await _world.RunAsync(SmallData.Pipeline);

        var error = await Assert.ThrowsAsync<MlOpsException>(() => _world.Pipelines.ApproveAsync(run.Id, new ApprovalDecision(true, "ann"), default));

        Assert.Equal("pipeline-run-not-waiting", error.Code);
    }

    [Fact]
    public async Task Cancel_WaitingRun_EndsCancelledWithTheReason()
    {
        PipelineRun run = await StartWaitingAsync("registration: { approval: manual }\n");

        await _world.Pipelines.CancelAsync(run.Id, "not today", default);
        run = await _world.Pipelines.WaitAsync(run.Id, default);

        Assert.Equal(PipelineRunState.Cancelled, run.State);
        Assert.Contains("not today", run.Failure!.Message);
        Assert.Empty(await _world.Registry.ListModelsAsync(default));
    }

    [Fact]
    public async Task Register_EditedDocument_RunUnderWayKeepsTheOneItBeganWith()
    {
        PipelineRun waiting = await StartWaitingAsync("registration: { approval: manual }\n");
        RegisteredPipeline edited = await _world.Pipelines.RegisterAsync(
            SmallData.Pipeline + "registration: { model: other }\n", "p.yaml", "tester", default);

        await _world.Pipelines.ApproveAsync(waiting.Id, new ApprovalDecision(true, "ann"), default);
        PipelineRun run = await _world.Pipelines.WaitAsync(waiting.Id, default);

        Assert.NotEqual(edited.Document, run.Document);
        Assert.Equal("shop", run.Result!.Model);
        Assert.Equal("other", (await _world.RunAsync("shop", new PipelineTrigger(TriggerReason.Manual, "tester"))).Result!.Model);
    }

    [Fact]
    public async Task Restart_RunUnderWay_KeepsItsStepsAndGoesOn()
    {
        PipelineRun before = await StartWaitingAsync("registration: { approval: manual }\n");
        await _world.DisposeAsync();
        _world = await PipelineWorld.OpenAsync(_folder.FullPath);

        PipelineRun after = await _world.Pipelines.GetRunAsync(before.Id, default);
        Assert.Equal(before.Steps, after.Steps);
        await _world.Pipelines.ApproveAsync(before.Id, new ApprovalDecision(true, "ann"), default);
        PipelineRun ended = await _world.Pipelines.WaitAsync(before.Id, default);

        Assert.Equal(PipelineEnd.Promoted, ended.Result!.End);
        Assert.Equal(before.Steps.Take(5), ended.Steps.Take(5));
    }

    [Fact]
    public async Task RunAsync_SameCauseAgain_GivesTheSameRun()
    {
        await _world.Pipelines.RegisterAsync(SmallData.Pipeline, "p.yaml", "tester", default);
        var trigger = new PipelineTrigger(TriggerReason.Drift, "monitoring", "shop@1", "report-1");

        PipelineRun[] runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _world.Pipelines.RunAsync("shop", trigger, default)));
        await _world.Pipelines.WaitAsync(runs[0].Id, default);

        Assert.Single(runs.Select(r => r.Id).Distinct());
        Assert.Single(await _world.Pipelines.ListRunsAsync("shop", default).ToListAsync());
        Assert.Single(await _world.Pipelines.ListRunsAsync(null, default).ToListAsync());
    }

    [Fact]
    public async Task OnDatasetVersion_OnlyPipelinesThatAskForIt_StartOncePerVersion()
    {
        await _world.Pipelines.RegisterAsync(SmallData.Pipeline + "trigger: { newData: true }\n", "p.yaml", "tester", default);
        await _world.Pipelines.RegisterAsync(SmallData.Pipeline.Replace("name: shop", "name: quiet", StringComparison.Ordinal), "q.yaml", "tester", default);
        DatasetVersion version = await _world.AddAsync("shop", SmallData.Csv(320, seed: 2));

        PipelineRun first = Assert.Single(await _world.Pipelines.OnDatasetVersionAsync(version, default));
        PipelineRun again = Assert.Single(await _world.Pipelines.OnDatasetVersionAsync(version, default));
        PipelineRun ended = await _world.Pipelines.WaitAsync(first.Id, default);

        Assert.Equal(first.Id, again.Id);
        Assert.Equal((TriggerReason.NewData, "shop@2"), (ended.Trigger.Reason, ended.Result!.Dataset));
    }

    [Fact]
    public async Task RunAsync_UnknownPipeline_NamesTheClosest()
    {
        await _world.Pipelines.RegisterAsync(SmallData.Pipeline, "p.yaml", "tester", default);

        var error = await Assert.ThrowsAsync<MlOpsException>(
            () => _world.Pipelines.RunAsync("shopp", new PipelineTrigger(TriggerReason.Manual, "tester"), default));

        Assert.Equal((ErrorKind.NotFound, "pipeline-missing"), (error.Kind, error.Code));
        Assert.Contains("did you mean 'shop'?", error.Message);
    }

    private Task<PipelineRun> StartWaitingAsync(string more) => StartWaitingAsync(SmallData.Pipeline, more);

    private async Task<PipelineRun> StartWaitingAsync(string yaml, string more)
    {
        await _world.Pipelines.RegisterAsync(yaml + more, "p.yaml", "tester", default);
        PipelineRun run = await _world.Pipelines.RunAsync("shop", new PipelineTrigger(TriggerReason.Manual, "tester"), default);
        await Eventually.TrueAsync(
            async () => (run = await _world.Pipelines.GetRunAsync(run.Id, default)).State == PipelineRunState.WaitingForApproval, "the run waits for approval");
        return run;
    }
}
