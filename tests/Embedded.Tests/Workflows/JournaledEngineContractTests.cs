using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;

namespace MlOps.Embedded.Tests.Workflows;

public sealed class JournaledEngineContractTests : WorkflowContract
{
    protected override async Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        await EngineFixture.OpenAsync(catalog, new() { MaxConcurrentActivities = maxConcurrentActivities });
}
