namespace MlOps.Domain.Workflows;

/// <summary>For engines: what each of them tells a user in the same case, with the way out.</summary>
public static class EngineErrors
{
    public const string VersionUnknownCode = "workflow-version-unknown";

    public const string ChangedCode = "workflow-changed";

    public const string ChangedHint =
        "the code was changed without a new version, or is not deterministic: add the old code back to the catalog under this version (new code gets a new one), then rerun the instance";

    public const string ForeignHint =
        "a workflow awaits only what its context returned (no Task.Run, Task.Delay, ConfigureAwait(false), I/O); put the work into an activity";

    private const int MaxEventIdChars = 200;

    public static MlOpsException VersionUnknown(string instanceId, string workflow, string version, WorkflowCatalog catalog)
    {
        IReadOnlyList<string> known = catalog.VersionsOf(workflow);
        string have = known.Count == 0 ? "no version of it" : $"the versions {string.Join(", ", known.Select(v => $"'{v}'"))}";
        return MlOpsException.NotFound(
            VersionUnknownCode,
            $"workflow instance '{instanceId}' cannot go on: it began with '{workflow}' version '{version}' and the catalog has {have}; " +
            "add that version back to the catalog, then rerun the instance");
    }

    /// <param name="difference">Where history and code part.</param>
    public static MlOpsException Changed(string instanceId, string workflow, string version, string difference) => MlOpsException.Conflict(
        ChangedCode, $"workflow instance '{instanceId}' ('{workflow}' version '{version}') cannot go on: {difference}; {ChangedHint}");

    public static MlOpsException Foreign(string instanceId, string workflow, string version) => MlOpsException.Conflict(
        "workflow-foreign-await",
        $"workflow instance '{instanceId}' ('{workflow}' version '{version}') awaits something that its context did not return: {ForeignHint}");

    public static MlOpsException UnknownWorkflow(string workflow, WorkflowCatalog catalog) => MlOpsException.NotFound(
        "workflow-unknown", $"there is no workflow '{workflow}'; there are {Names(catalog.Workflows.Select(w => w.Name))}");

    public static MlOpsException UnknownActivity(string activity, WorkflowCatalog catalog) => MlOpsException.NotFound(
        "activity-unknown", $"there is no activity '{activity}'; there are {Names(catalog.Activities.Select(a => a.Name))}");

    public static MlOpsException Missing(string instanceId) =>
        MlOpsException.NotFound("instance-missing", $"there is no workflow instance '{instanceId}'");

    public static MlOpsException Ended(string instanceId, WorkflowState state, DateTimeOffset at) => MlOpsException.Conflict(
        "instance-ended", $"workflow instance '{instanceId}' has ended ({state}, {at:O}) and takes no more events or commands");

    public static MlOpsException Unconfirmed(string instanceId, string name) => MlOpsException.Unavailable(
        "event-unconfirmed", $"workflow instance '{instanceId}' has not confirmed event '{name}' yet and may still take it; repeat the call with the same event id");

    /// <summary>A conflict: what is called unavailable, clients repeat by themselves, and the second cancellation means more than the first.</summary>
    /// <param name="next">What to do about it.</param>
    public static MlOpsException Unanswered(string instanceId, TimeSpan waited, string next) => MlOpsException.Conflict(
        "instance-unanswered", $"workflow instance '{instanceId}' has not ended within {waited.TotalSeconds:0} s: its code does not run at present (its host starts, is being replaced, or its version waits for a newer package), and it ends when it does; {next}");

    public static MlOpsException NotFailed(string instanceId, WorkflowState state) => MlOpsException.Conflict(
        "instance-not-failed", $"workflow instance '{instanceId}' is {state}; only a failed or cancelled one can be rerun");

    public static MlOpsException Undone(string instanceId) => MlOpsException.Conflict(
        "instance-undone", $"the completed steps of workflow instance '{instanceId}' were undone when it failed; start a new instance");

    public static MlOpsException Running(string instanceId) => MlOpsException.Conflict(
        "instance-running", $"workflow instance '{instanceId}' is running; cancel it, then purge it");

    /// <summary>Refuses ids of events that are empty or longer than 200 characters.</summary>
    public static void CheckEventId(string? eventId)
    {
        if (eventId is { Length: 0 or > MaxEventIdChars })
            throw MlOpsException.Invalid("event-id", $"event id '{eventId}' must have 1 to {MaxEventIdChars} characters");
    }

    /// <summary>Its completed steps were taken back, so going on from the failed one would build on nothing.</summary>
    public static bool IsUndone(StepFailure? failure) => failure?.Code is UndoStack.UndoneCode or UndoStack.UndoFailedCode;

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Distinct().Order(StringComparer.Ordinal));
}
