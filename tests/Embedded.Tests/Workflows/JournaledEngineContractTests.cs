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
}
