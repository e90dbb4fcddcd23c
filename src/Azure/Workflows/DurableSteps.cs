using Microsoft.DurableTask;
using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Azure.Workflows;

/// <summary>Carries out the steps of one execution as Durable's activities, timers and sub-orchestrations, and posts what came of them.</summary>
internal sealed class DurableSteps(
    TaskOrchestrationContext durable, WorkflowCatalog catalog, WorkflowStart start, Action<JournalEvent> post, Action<Exception> fail)
{
    private readonly HashSet<int> _begun = [];
    private readonly Dictionary<int, CancellationTokenSource> _timers = [];
    private readonly Dictionary<int, string> _children = [];
    private TaskCompletionSource? _held;

    public bool HasOpenChildren => _children.Count > 0;

    public void Act(IEnumerable<Step> asked)
    {
        foreach (Step step in asked)
        {
            if (!step.IsOpen)
                WithdrawTimer(step.Number);
            else if (_begun.Add(step.Number))
                Begin(step);
        }
    }

    public void Retry(Step step) => _ = CarryOutAsync(step, AttemptAsync);

    /// <summary>Attempts that fall due while the instance is suspended wait for it.</summary>
    public void Hold(bool suspended)
    {
        _held?.TrySetResult();
        _held = suspended ? new() : null;
    }

    /// <summary>Nothing is waited for any more. Durable forgets timers; activities and sub-workflows come to their end.</summary>
    public void Withdraw()
    {
        foreach (int step in _timers.Keys.ToArray())
            WithdrawTimer(step);
    }

    public void CancelChildren(string reason)
    {
        string message = WorkflowJson.Write(new WorkflowSignal { Cancel = reason });
        foreach (string child in _children.OrderBy(c => c.Key).Select(c => c.Value))
            durable.SendEvent(child, WorkflowSignal.Channel, message);
    }

    private void Begin(Step step)
    {
        if (step.Kind == StepKind.Activity)
            _ = CarryOutAsync(step, AttemptAsync);
        else if (step.Kind == StepKind.Timer)
            _ = CarryOutAsync(step, TimerAsync);
        else if (step.Kind == StepKind.Workflow)
            _ = CarryOutAsync(step, CallAsync);
    }

    private async Task CarryOutAsync(Step step, Func<Step, Task<JournalEvent>> action)
    {
        try
        {
            post(await action(step) with { Step = step.Number });
        }
        catch (OperationCanceledException)
        {
            // A timer that was withdrawn.
        }
        catch (TaskFailedException e)
        {
            // Not the step itself failed but what carries it: the host, or a sub-workflow whose code does not fit its history.
            post(Failed(new(ErrorKind.Unavailable, "unexpected", $"{e.FailureDetails.ErrorType}: {e.FailureDetails.ErrorMessage}")) with { Step = step.Number });
        }
        catch (MlOpsException e)
        {
            post(Failed(StepFailure.From(e)) with { Step = step.Number });
        }
#pragma warning disable CA1031 // Nobody awaits this: what goes wrong must fail the orchestration.
        catch (Exception e)
#pragma warning restore CA1031
        {
            fail(e);
        }
    }

    private async Task<JournalEvent> AttemptAsync(Step step)
    {
        if (step.RetryAt is { } due)
            await WaitAsync(step.Number, due);
        if (_held is { } held)
            await held.Task;
        if (catalog.FindActivity(step.Name) is null)
            throw EngineErrors.UnknownActivity(step.Name, catalog);
        string key = InstanceIds.StepKey(durable.InstanceId, start.Generation, step.Number);
        string message = WorkflowJson.Write(new ActivityCall(durable.InstanceId, key, step.FailedAttempts + 1, step.Scheduled.Data));
        string answer = await durable.CallActivityAsync<string>(step.Name, message);
        var reply = Messages.Read<ActivityReply>(answer, $"the answer of activity '{step.Name}'");
        return reply.Failure is { } failure ? Failed(failure) : new(JournalKind.StepCompleted, default) { Data = reply.Output };
    }

    private async Task<JournalEvent> TimerAsync(Step step)
    {
        await WaitAsync(step.Number, step.Scheduled.Due!.Value);
        return new(JournalKind.StepCompleted, default);
    }

    private async Task<JournalEvent> CallAsync(Step step)
    {
        JournalEvent? earlier = start.Journal?.LastOrDefault(e => e.Step == step.Number && e.Kind is JournalKind.StepFailed or JournalKind.AttemptFailed);
        if (EngineErrors.IsUndone(earlier?.Failure))
            return earlier!;
        string message = earlier?.Data ?? WorkflowJson.Write(Fresh(step));
        _children.Add(step.Number, step.Scheduled.Target!);
        try
        {
            string answer = await durable.CallSubOrchestratorAsync<string>(
                step.Name, message, new SubOrchestrationOptions(instanceId: step.Scheduled.Target) { Version = new TaskVersion(catalog.Level) });
            return OutcomeOf(Messages.Read<WorkflowEnd>(answer, $"the end of sub-workflow '{step.Name}'"));
        }
        finally
        {
            _children.Remove(step.Number);
        }
    }

    private WorkflowStart Fresh(Step step)
    {
        IWorkflow latest = catalog.FindLatest(step.Name) ?? throw EngineErrors.UnknownWorkflow(step.Name, catalog);
        return new(latest.Version, step.Scheduled.Data, step.Scheduled.At);
    }

    private async Task WaitAsync(int step, DateTimeOffset due)
    {
        using var withdraw = new CancellationTokenSource();
        _timers[step] = withdraw;
        await durable.CreateTimer(due.UtcDateTime, withdraw.Token);
        _timers.Remove(step);
    }

    private void WithdrawTimer(int step)
    {
        if (_timers.Remove(step, out CancellationTokenSource? timer))
            timer.Cancel();
    }

    private static JournalEvent OutcomeOf(WorkflowEnd end) => end.State == WorkflowState.Completed
        ? new(JournalKind.StepCompleted, default) { Data = end.Output }
        : Failed(end.Failure!) with { Data = end.Again is null ? null : WorkflowJson.Write(end.Again) };

    private static JournalEvent Failed(StepFailure failure) => new(JournalKind.StepFailed, default) { Failure = failure };
}
