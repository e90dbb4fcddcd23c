using MlOps.Domain.Workflows;

namespace MlOps.Embedded.Workflows;

/// <summary>What the engine tells a user, each with the way out.</summary>
internal static class WorkflowErrors
{
    public const string ForeignHint =
        "a workflow awaits only what its context returned (no Task.Run, Task.Delay, ConfigureAwait(false), I/O); put the work into an activity";

    public static MlOpsException Changed(RunIdentity run, JournalEvent scheduled, string asked) => MlOpsException.Conflict(
        "workflow-changed",
        $"workflow instance '{run.InstanceId}' cannot go on: its history has {Step.Describe(scheduled)} as step {scheduled.Step}, the code of '{run.Workflow}' version '{run.Version}' {asked}; " +
        "the code was changed without a new version, or is not deterministic: add the old code back to the catalog under this version (new code gets a new one), then rerun the instance");

    public static MlOpsException EndsOtherwise(RunIdentity run, string history, string code) => MlOpsException.Conflict(
        "workflow-changed",
        $"the history of '{run.InstanceId}' {history}, the code of '{run.Workflow}' version '{run.Version}' {code}: keep the old code under this version, new code gets a new one");

    public static MlOpsException VersionUnknown(InstanceHeader header, WorkflowCatalog catalog)
    {
        IReadOnlyList<string> known = catalog.VersionsOf(header.Workflow);
        string have = known.Count == 0 ? "no version of it" : $"the versions {string.Join(", ", known.Select(v => $"'{v}'"))}";
        return MlOpsException.NotFound(
            "workflow-version-unknown",
            $"workflow instance '{header.InstanceId}' cannot go on: it began with '{header.Workflow}' version '{header.Version}' and the catalog has {have}; " +
            "add that version back to the catalog, then rerun the instance");
    }

    public static MlOpsException Foreign(RunIdentity run) => MlOpsException.Conflict(
        "workflow-foreign-await",
        $"workflow instance '{run.InstanceId}' ('{run.Workflow}' version '{run.Version}') awaits something that its context did not return: {ForeignHint}");

    public static MlOpsException Unknown(string workflow, WorkflowCatalog catalog) => MlOpsException.NotFound(
        "workflow-unknown", $"there is no workflow '{workflow}'; there are {string.Join(", ", catalog.Workflows.Select(w => w.Name).Distinct().Order(StringComparer.Ordinal))}");

    public static MlOpsException Missing(string instanceId) =>
        MlOpsException.NotFound("instance-missing", $"there is no workflow instance '{instanceId}'");

    public static MlOpsException Ended(InstanceHeader header) => MlOpsException.Conflict(
        "instance-ended", $"workflow instance '{header.InstanceId}' has ended ({header.State}, {header.UpdatedAt:O}) and takes no more events or cancellations");

    public static MlOpsException Stopped() =>
        MlOpsException.Unavailable("engine-stopped", "the workflow engine is stopping; try again when the server is up");
}
