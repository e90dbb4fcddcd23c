namespace MlOps.Domain.Workflows;

/// <summary>
/// What a workflow may touch. A workflow is replayed from its history after a restart, so it must be deterministic: time, ids,
/// activities, timers and events come from here, and it awaits nothing but what a member of this returned.
/// The embedded engine and Durable Functions run the same workflow classes through it.
/// </summary>
public interface IWorkflowContext
{
    string InstanceId { get; }

    /// <summary>The workflow version that the instance began with.</summary>
    string Version { get; }

    /// <summary>The time of the history event being processed, the same on each replay.</summary>
    DateTimeOffset UtcNow { get; }

    /// <summary>True while history is replayed. For logs only.</summary>
    bool IsReplaying { get; }

    /// <summary>A GUID that is the same on each replay.</summary>
    Guid NewGuid();

    /// <summary>Runs an activity, at least once, retried by <paramref name="retry"/> (default: not).</summary>
    /// <exception cref="WorkflowStepException">It failed for good; carries the cause's kind, code and message.</exception>
    Task<TResult> CallActivityAsync<TResult>(string activity, object? input, RetryPolicy? retry = null);

    /// <summary>Runs another workflow to its end, under an id derived from this instance's and the step.</summary>
    /// <exception cref="WorkflowStepException">It failed or was cancelled.</exception>
    Task<TResult> CallWorkflowAsync<TResult>(string workflow, object? input);

    /// <summary>Completes at the given time; survives restarts. Cancelling the token withdraws the timer.</summary>
    Task CreateTimerAsync(DateTimeOffset due, CancellationToken cancellationToken);

    /// <summary>
    /// The next event of that name (case-insensitive) raised for this instance. Events that come before anybody waits are kept, and
    /// each goes to one waiter, in order.
    /// </summary>
    Task<T> WaitForEventAsync<T>(string name, CancellationToken cancellationToken);

    /// <summary>Shown in <see cref="WorkflowInstance.Status"/>; at most 16 KB of JSON.</summary>
    void SetStatus(object status);

    /// <summary>Ends this generation and begins the next with a fresh history and the given input; events not yet consumed are kept.</summary>
    void ContinueAsNew(object? input);
}
