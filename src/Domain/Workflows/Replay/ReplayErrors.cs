namespace MlOps.Domain.Workflows.Replay;

/// <summary>Histories that do not fit: to the code, or in themselves.</summary>
internal static class ReplayErrors
{
    public static MlOpsException Changed(RunIdentity run, JournalEvent scheduled, string asked) => MlOpsException.Conflict(
        EngineErrors.ChangedCode,
        $"workflow instance '{run.InstanceId}' cannot go on: its history has {Step.Describe(scheduled)} as step {scheduled.Step}, the code of '{run.Workflow}' version '{run.Version}' {asked}; " +
        EngineErrors.ChangedHint);

    public static MlOpsException EndsOtherwise(RunIdentity run, string history, string code) => MlOpsException.Conflict(
        EngineErrors.ChangedCode,
        $"the history of '{run.InstanceId}' {history}, the code of '{run.Workflow}' version '{run.Version}' {code}: keep the old code under this version, new code gets a new one");

    public static MlOpsException Corrupt(string instanceId, string what) => MlOpsException.Unavailable(
        "journal-corrupt",
        $"the journal of workflow instance '{instanceId}' is damaged: {what}; restore the store from a backup and rerun the instance, or purge it");
}
