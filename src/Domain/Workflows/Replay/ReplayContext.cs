namespace MlOps.Domain.Workflows.Replay;

/// <summary>What workflow code sees of the engine.</summary>
internal sealed class ReplayContext(WorkflowRun run) : IWorkflowContext
{
    private const int MaxNameChars = 200;
    private const string TimerName = "timer";

    public string InstanceId => run.Identity.InstanceId;

    public string Version => run.Identity.Version;

    public DateTimeOffset UtcNow => run.UtcNow;

    public bool IsReplaying => run.IsReplaying;

    public Guid NewGuid() => run.NewGuid();

    public async Task<TResult> CallActivityAsync<TResult>(string activity, object? input, RetryPolicy? retry = null)
    {
        string data = Messages.Write(input, $"the input of activity '{activity}'");
        Step step = run.Ask(Request(StepKind.Activity, activity) with { Data = data }, retry);
        return Messages.Read<TResult>(await step.Outcome, $"the result of activity '{activity}'");
    }

    public async Task<TResult> CallWorkflowAsync<TResult>(string workflow, object? input)
    {
        string data = Messages.Write(input, $"the input of sub-workflow '{workflow}'");
        Step step = run.Ask(Request(StepKind.Workflow, workflow) with { Data = data }, retry: null);
        return Messages.Read<TResult>(await step.Outcome, $"the result of sub-workflow '{workflow}'");
    }

    public async Task CreateTimerAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Step step = run.Ask(Request(StepKind.Timer, TimerName) with { Due = due.ToUniversalTime() }, retry: null);
        await OutcomeOf(step, cancellationToken);
    }

    public async Task<T> WaitForEventAsync<T>(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Step step = run.Ask(Request(StepKind.Event, name), retry: null);
        return Messages.Read<T>(await OutcomeOf(step, cancellationToken), $"the payload of event '{name}'");
    }

    public void SetStatus(object status)
    {
        run.CheckTurn();
        run.Status = Messages.Write(status, $"the status of workflow instance '{InstanceId}'");
    }

    public void ContinueAsNew(object? input)
    {
        run.CheckTurn();
        run.NextInput = Messages.Write(input, $"the next input of workflow instance '{InstanceId}'");
    }

    private async Task<string?> OutcomeOf(Step step, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.Register(() => run.Withdraw(step, cancellationToken));
        return await step.Outcome;
    }

    private JournalEvent Request(StepKind kind, string name)
    {
        if (name.Length is 0 or > MaxNameChars)
            throw new ArgumentException($"'{name}' must have 1 to {MaxNameChars} characters", nameof(name));
        return new(JournalKind.Scheduled, run.UtcNow) { StepKind = kind, Name = name };
    }
}
