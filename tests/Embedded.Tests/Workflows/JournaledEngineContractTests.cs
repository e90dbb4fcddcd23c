using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;

namespace MlOps.Embedded.Tests.Workflows;

public sealed class JournaledEngineWorkflowStartTests : WorkflowStartContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        EngineFixture.OpenAsync(catalog, maxConcurrentActivities);
}

public sealed class JournaledEngineWorkflowStepTests : WorkflowStepContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        EngineFixture.OpenAsync(catalog, maxConcurrentActivities);
}

public sealed class JournaledEngineWorkflowEventTests : WorkflowEventContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        EngineFixture.OpenAsync(catalog, maxConcurrentActivities);
}

public sealed class JournaledEngineSubWorkflowTests : SubWorkflowContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        EngineFixture.OpenAsync(catalog, maxConcurrentActivities);

    [Fact]
    public async Task SubWorkflow_UnderAnIdThatIsTaken_FailsTheStep()
    {
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("child", (c, input) => Echo(c, input)))
            .Add(new InlineWorkflow<string, string>("parent", (c, input) => c.CallWorkflowAsync<string>("child", input)));
        WorkflowFixture engine = await OpenAsync(catalog);
        await engine.RunAsync("child", "b", "i:1");
        WorkflowInstance end = await engine.RunAsync("parent", "a");
        Assert.Equal((ErrorKind.Conflict, "instance-exists"), (end.Failure!.Kind, end.Failure.Code));
        Assert.Equal(["b"], Calls.Inputs);
    }
}

public sealed class JournaledEngineWorkflowRerunTests : WorkflowRerunContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        EngineFixture.OpenAsync(catalog, maxConcurrentActivities);
}

public sealed class JournaledEngineWorkflowVersionTests : WorkflowVersionContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        EngineFixture.OpenAsync(catalog, maxConcurrentActivities);

    [Fact]
    public async Task Code_ThatWasChanged_IsToldStepByStep()
    {
        WorkflowInstance end = await (await ChangedAsync()).EndAsync();
        Assert.Contains("activity 'echo' as step 2", end.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("asked for activity 'other'", end.Failure.Message, StringComparison.Ordinal);
    }
}

public sealed class JournaledEngineWorkflowSuspendTests : WorkflowSuspendContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        EngineFixture.OpenAsync(catalog, maxConcurrentActivities);
}
