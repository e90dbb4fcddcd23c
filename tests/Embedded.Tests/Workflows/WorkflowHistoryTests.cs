using MlOps.Contracts.Workflows;
using MlOps.Domain.Batch;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Rollout;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Workflows;

namespace MlOps.Embedded.Tests.Workflows;

/// <summary>
/// Replays every committed history against the catalog of today. To add one: export an instance with
/// <see cref="WorkflowHistory.ExportAsync"/> and see <see cref="Histories.IsCommitted"/>.
/// </summary>
public sealed class WorkflowHistoryTests
{
    public static TheoryData<string> Committed => [.. Histories.Files];

    [Theory]
    [MemberData(nameof(Committed))]
    public void Replay_OfACommittedHistory_FitsTheCode(string file) => WorkflowHistory.Replay(AllWorkflows(), Histories.Read(file));

    [Fact]
    public async Task Export_OfTheTour_IsTheCommittedHistory()
    {
        await using EngineFixture engine = await EngineFixture.OpenAsync(Tour.Catalog(new Calls()));
        string exported = await Tour.RunAsync(engine);
        WorkflowHistory.Replay(Tour.Catalog(new Calls()), exported);
        Histories.IsCommitted("tour-1.json", exported);
    }

    private static WorkflowCatalog AllWorkflows() => Tour.Catalog(new Calls())
        .Add(new PipelineWorkflow(PipelineWorkflow.First))
        .Add(new PipelineWorkflow(PipelineWorkflow.Second))
        .Add(new PipelineWorkflow())
        .Add(new PipelineRetrainWorkflow())
        .Add(new DriftCheckWorkflow())
        .Add(new PerformanceCheckWorkflow())
        .Add(new RolloutWorkflow())
        .Add(new BatchPredictionWorkflow())
        .Add(new BatchGroupWorkflow());

    [Fact]
    public void Replay_OfAChangedWorkflow_NamesTheStep()
    {
        WorkflowCatalog changed = new WorkflowCatalog().Add(new InlineWorkflow<string, string>("tour", (c, input) => c.CallWorkflowAsync<string>("other", input)));
        MlOpsException e = Assert.Throws<MlOpsException>(() => WorkflowHistory.Replay(changed, Histories.Read("tour-1.json")));
        Assert.Equal("workflow-changed", e.Code);
        Assert.Contains("has activity 'echo' as step 1", e.Message, StringComparison.Ordinal);
        Assert.Contains("asked for sub-workflow 'other'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_OfCodeThatEndsOtherwise_IsRefused()
    {
        WorkflowCatalog changed = new WorkflowCatalog().Add(new InlineWorkflow<string, string>("tour", async (c, input) => await Tour.CodeAsync(c, input) + "!"));
        MlOpsException e = Assert.Throws<MlOpsException>(() => WorkflowHistory.Replay(changed, Histories.Read("tour-1.json")));
        Assert.Equal("workflow-changed", e.Code);
        Assert.Contains("ends with", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_OfCodeThatGoesOn_IsRefused()
    {
        WorkflowCatalog changed = new WorkflowCatalog().Add(new InlineWorkflow<string, string>("tour", async (c, input) =>
            await Tour.CodeAsync(c, input) + await c.CallActivityAsync<string>("echo", "more")));
        MlOpsException e = Assert.Throws<MlOpsException>(() => WorkflowHistory.Replay(changed, Histories.Read("tour-1.json")));
        Assert.Contains("asks for activity 'echo' there", e.Message, StringComparison.Ordinal);
    }
}
