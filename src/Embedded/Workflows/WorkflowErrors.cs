using MlOps.Domain.Workflows;

namespace MlOps.Embedded.Workflows;

/// <summary>What the engine tells a user, each with the way out.</summary>
internal static class WorkflowErrors
{
    public static MlOpsException Changed(RunIdentity run, JournalEvent scheduled, string asked) => MlOpsException.Conflict(
        "workflow-changed",
        $"workflow instance '{run.InstanceId}' cannot go on: its history has {Step.Describe(scheduled)} as step {scheduled.Step}, the code of '{run.Workflow}' version '{run.Version}' {asked}; " +
        "the code was changed without a new version, or is not deterministic: add the old code back to the catalog under this version (new code gets a new one), then rerun the instance");

    public static MlOpsException EndsOtherwise(RunIdentity run, string history, string code) => MlOpsException.Conflict(
        "workflow-changed",
        $"the history of '{run.InstanceId}' {history}, the code of '{run.Workflow}' version '{run.Version}' {code}: keep the old code under this version, new code gets a new one");

    public static MlOpsException VersionUnknown(InstanceHeader header, WorkflowCatalog catalog) =>
        EngineErrors.VersionUnknown(header.InstanceId, header.Workflow, header.Version, catalog);

    public static MlOpsException Foreign(RunIdentity run) => EngineErrors.Foreign(run.InstanceId, run.Workflow, run.Version);

    public static MlOpsException Ended(InstanceHeader header) => EngineErrors.Ended(header.InstanceId, header.State, header.UpdatedAt);

    public static MlOpsException Stopped() =>
        MlOpsException.Unavailable("engine-stopped", "the workflow engine is stopping; try again when the server is up");
}
