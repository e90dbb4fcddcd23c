using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Tests.Workflows;

public sealed class DurableWorkflowStartTests : WorkflowStartContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        DurableFixture.OpenAsync(catalog, maxConcurrentActivities);
}

public sealed class DurableWorkflowStepTests : WorkflowStepContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        DurableFixture.OpenAsync(catalog, maxConcurrentActivities);

    [Fact(Skip = "Durable has no way to take a timer back: it stays in its queue, fires and is ignored")]
    public override Task Timer_WithdrawnInARunningInstance_LeavesTheClock() => base.Timer_WithdrawnInARunningInstance_LeavesTheClock();
}

public sealed class DurableWorkflowEventTests : WorkflowEventContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        DurableFixture.OpenAsync(catalog, maxConcurrentActivities);
}

public sealed class DurableSubWorkflowTests : SubWorkflowContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        DurableFixture.OpenAsync(catalog, maxConcurrentActivities);
}

public sealed class DurableWorkflowRerunTests : WorkflowRerunContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        DurableFixture.OpenAsync(catalog, maxConcurrentActivities);
}

public sealed class DurableWorkflowSuspendTests : WorkflowSuspendContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        DurableFixture.OpenAsync(catalog, maxConcurrentActivities);
}

public sealed class DurableWorkflowVersionTests : WorkflowVersionContract
{
    protected override Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        DurableFixture.OpenAsync(catalog, maxConcurrentActivities);

    private const string NoRewind = "the in-process host cannot rewind an orchestration that Durable itself failed; Azure Storage can";

    [Fact(Skip = NoRewind)]
    public override Task Version_ThatIsBack_GoesOnAfterARerun() => base.Version_ThatIsBack_GoesOnAfterARerun();

    [Fact(Skip = NoRewind)]
    public override Task Code_ThatIsBack_GoesOnAfterARerun() => base.Code_ThatIsBack_GoesOnAfterARerun();
}
