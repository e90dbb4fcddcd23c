namespace MlOps.Domain.Workflows;

/// <summary>
/// Starts and steers workflow instances. Errors are <see cref="MlOpsException"/>: NotFound <c>workflow-unknown</c> (name),
/// NotFound <c>instance-missing</c>, Conflict <c>instance-ended</c>, Invalid <c>instance-id</c>.
/// </summary>
public interface IWorkflowClient
{
    /// <summary>
    /// Starts an instance under the caller's id (1 to 100 of <c>A-Z a-z 0-9 - _ . :</c>). Safe to repeat: if the id exists
    /// already, nothing happens.
    /// </summary>
    /// <returns>True if this call started it, false if it existed.</returns>
    Task<bool> StartAsync(string workflow, object? input, string instanceId, CancellationToken cancellationToken);

    Task<WorkflowInstance?> FindAsync(string instanceId, CancellationToken cancellationToken);

    /// <summary>Instances, newest first; optionally of one workflow, or of one state.</summary>
    IAsyncEnumerable<WorkflowInstance> ListAsync(string? workflow, WorkflowState? state, CancellationToken cancellationToken);

    /// <summary>
    /// Delivers an event: once this returns the instance has it, whatever becomes of host or process. <paramref name="eventId"/>, when
    /// given, makes a repeated call harmless.
    /// </summary>
    /// <exception cref="MlOpsException">
    /// Conflict <c>instance-ended</c>: it had ended before it could take the event; Unavailable <c>event-unconfirmed</c>: it may have it,
    /// repeat the call with the same id.
    /// </exception>
    Task RaiseEventAsync(string instanceId, string name, object? payload, string? eventId, CancellationToken cancellationToken);

    /// <summary>Ends an instance, and its running sub-workflows, as Cancelled. Running activities see their token cancelled.</summary>
    /// <exception cref="MlOpsException">Conflict <c>instance-unanswered</c>: its code does not run at present, so it ends later; on Azure a second call ends it by force.</exception>
    Task CancelAsync(string instanceId, string reason, CancellationToken cancellationToken);

    /// <summary>
    /// Holds an instance: it takes events, and activities that run come to their end, but it begins no step, no retry included, until it
    /// is resumed or cancelled. Sub-workflows that run go on; their outcome waits. Held already: nothing happens.
    /// </summary>
    Task SuspendAsync(string instanceId, CancellationToken cancellationToken);

    /// <summary>Lets a suspended instance go on with what came meanwhile. Running already: nothing happens.</summary>
    Task ResumeAsync(string instanceId, CancellationToken cancellationToken);

    /// <summary>Continues a failed (or cancelled) instance from the failed step: completed steps keep their results, failed ones run again.</summary>
    /// <exception cref="MlOpsException">Conflict <c>instance-not-failed</c>.</exception>
    Task RerunAsync(string instanceId, CancellationToken cancellationToken);

    /// <summary>Removes an ended instance and its history. False if there is none.</summary>
    /// <exception cref="MlOpsException">Conflict <c>instance-running</c>.</exception>
    Task<bool> PurgeAsync(string instanceId, CancellationToken cancellationToken);

    /// <summary>Waits until the instance has ended and returns its last state.</summary>
    Task<WorkflowInstance> WaitAsync(string instanceId, CancellationToken cancellationToken);
}

public enum WorkflowState
{
    Running,
    Completed,
    Failed,
    Cancelled,

    /// <summary>Held by <see cref="IWorkflowClient.SuspendAsync"/>.</summary>
    Suspended,
}

/// <summary>An instance as seen from outside. Input, output and status are JSON texts.</summary>
public sealed record WorkflowInstance(
    string InstanceId,
    string Workflow,
    string Version,
    WorkflowState State,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? Input,
    string? Output,
    string? Status,
    StepFailure? Failure)
{
    public bool HasEnded => State is not (WorkflowState.Running or WorkflowState.Suspended);
}
