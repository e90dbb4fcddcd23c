namespace MlOps.Domain.Workflows.Replay;

/// <summary>One step of a run: what the code asked for and, once there, its outcome.</summary>
internal sealed class Step(JournalEvent scheduled)
{
    private readonly TaskCompletionSource<string?> _outcome = new();

    public JournalEvent Scheduled { get; } = scheduled;

    public int Number => Scheduled.Step;

    public StepKind Kind => Scheduled.StepKind!.Value;

    public string Name => Scheduled.Name!;

    public RetryPolicy? Retry { get; set; }

    public int FailedAttempts { get; private set; }

    /// <summary>When the next attempt is due; null when at once.</summary>
    public DateTimeOffset? RetryAt { get; private set; }

    public bool Asked { get; set; }

    public bool IsOpen => Asked && !_outcome.Task.IsCompleted;

    public Task<string?> Outcome => _outcome.Task;

    public WorkflowStepException? Error { get; private set; }

    public void Complete(string? data) => _outcome.TrySetResult(data);

    public void Fail(StepFailure failure)
    {
        Error = new WorkflowStepException(Name, failure);
        if (!_outcome.TrySetException(Error))
            Error = null;
        else
            _ = _outcome.Task.Exception;
    }

    public void AttemptFailed(JournalEvent e)
    {
        FailedAttempts = e.Attempt;
        RetryAt = e.Due;
    }

    public bool Withdraw(CancellationToken cancellationToken) => _outcome.TrySetCanceled(cancellationToken);

    public override string ToString() => Describe(Scheduled);

    public static string Describe(JournalEvent scheduled) => scheduled.StepKind switch
    {
        StepKind.Activity => $"activity '{scheduled.Name}'",
        StepKind.Workflow => $"sub-workflow '{scheduled.Name}'",
        StepKind.Timer => "a timer",
        _ => $"a wait for event '{scheduled.Name}'",
    };
}
