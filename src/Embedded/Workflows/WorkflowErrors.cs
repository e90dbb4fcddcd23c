using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>What the engine tells a user, each with the way out.</summary>
internal static class WorkflowErrors
{
    public static MlOpsException VersionUnknown(InstanceHeader header, WorkflowCatalog catalog) =>
        EngineErrors.VersionUnknown(header.InstanceId, header.Workflow, header.Version, catalog);

    public static MlOpsException Foreign(RunIdentity run) => EngineErrors.Foreign(run.InstanceId, run.Workflow, run.Version);

    public static MlOpsException Ended(InstanceHeader header) => EngineErrors.Ended(header.InstanceId, header.State, header.UpdatedAt);

    public static MlOpsException Stopped() =>
        MlOpsException.Unavailable("engine-stopped", "the workflow engine is stopping; try again when the server is up");
}
