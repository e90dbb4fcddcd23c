using System.Text.Json;
using Microsoft.DurableTask;
using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Azure.Workflows;

/// <summary>
/// One execution of an instance. The code runs in the same <see cref="WorkflowRun"/> as in the embedded engine: what Durable brings
/// (results, timers, signals) goes in, the steps that the code asks for become Durable's operations. Durable's own history makes it
/// durable and runs all of this anew for each new event, so everything here follows from what Durable delivers, in its order.
/// </summary>
internal sealed class DurableExecution
{
    /// <summary>Host and worker exchange messages of at most 4 MiB, and one may hold what an execution began with and what it leaves.</summary>
    private const int MaxMemoryChars = 1 << 20;

    /// <summary>Who raises an event looks within a second whether it came.</summary>
    private const int MaxMarks = 100;

    private readonly TaskOrchestrationContext _durable;
    private readonly WorkflowStart _start;
    private readonly WorkflowRun _run;
    private readonly DurableSteps _steps;
    private readonly List<JournalEvent> _journal;
    private readonly HashSet<string> _eventIds;
    private readonly Queue<string> _taken;
    private readonly Queue<JournalEvent> _inbox = new();
    private readonly TaskCompletionSource<WorkflowEnd?> _done = new();
    private JournalEvent? _end;
    private bool _continued;
    private bool _busy;
    private bool _shown;

    public DurableExecution(TaskOrchestrationContext durable, WorkflowCatalog catalog, IWorkflow workflow, WorkflowStart start)
    {
        _durable = durable;
        _start = start;
        _journal = [.. start.Journal ?? [new(JournalKind.Started, Now) { Data = start.Input }]];
        _eventIds = [.. start.EventIds ?? []];
        _taken = new(start.Taken ?? []);
        var identity = new RunIdentity(durable.InstanceId, workflow.Name, workflow.Version, start.Generation);

        // Foreign work is noticed when nothing else is left to wait for: a thread of its own knows nothing of the current replay.
        _run = new(workflow, identity, onForeign: static () => { }, () => durable.IsReplaying) { Status = start.Status };
        _steps = new(durable, catalog, start, Post, e => _done.TrySetException(e));
    }

    private DateTimeOffset Now => new(DateTime.SpecifyKind(_durable.CurrentUtcDateTime, DateTimeKind.Utc));

    /// <summary>How the workflow ended; null when it goes on as a new generation.</summary>
    public async Task<WorkflowEnd?> RunAsync()
    {
        Process(() =>
        {
            _run.Replay(History.Of(_journal));
            Settle();
        });
        _ = ReceiveAsync();
        return await _done.Task;
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                string message = await _durable.WaitForExternalEvent<string>(WorkflowSignal.Channel);
                if (_continued)
                    _durable.SendEvent(_durable.InstanceId, WorkflowSignal.Channel, message);
                else
                    Receive(Messages.Read<WorkflowSignal>(message, "a signal"));
            }
        }
#pragma warning disable CA1031 // Nobody awaits this: what goes wrong must fail the orchestration.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _done.TrySetException(e);
        }
    }

    private void Receive(WorkflowSignal signal)
    {
        if (_end is not null)
            return;
        if (signal.Suspend is { } suspend)
            Post(new(suspend ? JournalKind.Suspended : JournalKind.Resumed, Now));
        else if (signal.Cancel is { } reason)
            Post(new(JournalKind.Cancelled, Now) { Failure = Messages.Limit(new(ErrorKind.Conflict, "cancelled", reason)) });
        else if (signal.Name is not null)
            Take(signal);
    }

    private void Take(WorkflowSignal signal)
    {
        _taken.Enqueue(WorkflowProgress.MarkOf(signal.EventId!));
        if (_taken.Count > MaxMarks)
            _taken.Dequeue();
        _shown = true;
        if (_eventIds.Add(signal.EventId!))
            Post(new(JournalKind.EventRaised, Now) { Name = signal.Name, Data = signal.Payload, EventId = signal.EventId });
        else
            Show(null);
    }

    private void Post(JournalEvent e)
    {
        _inbox.Enqueue(e with { At = Now });
        if (!_busy)
            Process(static () => { });
    }

    /// <summary>An event may bring the next at once, for example a step that cannot be begun: one after the other.</summary>
    private void Process(Action first)
    {
        _busy = true;
        first();
        while (_inbox.TryDequeue(out JournalEvent? e))
            Handle(e);
        _busy = false;
    }

    private void Handle(JournalEvent e)
    {
        if (_end is not null || _continued)
            HandleLate(e);
        else if (e.Kind == JournalKind.Cancelled)
            End(e);
        else if (e.Kind == JournalKind.EventRaised)
            Record(e);
        else if (e.Kind is JournalKind.Suspended or JournalKind.Resumed)
            Hold(e);
        else if (_run.Awaited(e.Step) is { } step)
            HandleOutcome(step, e);
    }

    private void Hold(JournalEvent e)
    {
        if (_run.IsSuspended == (e.Kind == JournalKind.Suspended))
            return;
        _steps.Hold(e.Kind == JournalKind.Suspended);
        _shown = true;
        Record(e);
    }

    private void HandleOutcome(Step step, JournalEvent e)
    {
        bool again = e.Kind == JournalKind.StepFailed && e.Failure!.IsTransient;
        if (again && step.Retry?.DelayAfter(step.FailedAttempts + 1) is { } delay)
        {
            Record(e with { Kind = JournalKind.AttemptFailed, Attempt = step.FailedAttempts + 1, Due = e.At + delay });
            _steps.Retry(step);
        }
        else
        {
            Record(e);
        }
    }

    private void Record(JournalEvent e)
    {
        _journal.Add(e);
        _run.Deliver(e);
        Settle();
    }

    private void Settle()
    {
        _journal.AddRange(_run.TakeEmitted());
        if (_run.IsStuck())
            _run.Break(EngineErrors.Foreign(_durable.InstanceId, _run.Identity.Workflow, _run.Identity.Version));
        if (_run.Broken is { } broken)
            End(new(JournalKind.Failed, Now) { Failure = Messages.Failure(broken) });
        else if (_run.ContinuesAsNew)
            ContinueAsNew();
        else if (_run.Ended)
            End(_run.EndEvent(Now));
        else
            GoOn();
    }

    private void GoOn()
    {
        if (_shown || _run.Status is not null)
            Show(null);
        _steps.Act(_run.TakeAsked());
    }

    private void ContinueAsNew()
    {
        _continued = true;
        _steps.Withdraw();
        WorkflowStart next = _start with
        {
            Input = _run.NextInput,
            Generation = _start.Generation + 1,
            Journal = [new(JournalKind.Started, Now) { Data = _run.NextInput }, .. _run.UnconsumedEvents],
            EventIds = [.. _journal.Select(e => e.EventId).OfType<string>()],
            Taken = [.. _taken],
            Status = _run.Status,
        };
        _durable.ContinueAsNew(WorkflowJson.Write(next), preserveUnprocessedEvents: true);
        _done.TrySetResult(null);
    }

    private void End(JournalEvent end)
    {
        _end = end;
        if (!_durable.IsReplaying)
            WorkflowMetrics.Ended(_run.Identity.Workflow, StateOf(end));
        _steps.Withdraw();
        if (end.Kind == JournalKind.Cancelled)
            _steps.CancelChildren(end.Failure!.Message);
        if (end.Kind != JournalKind.Completed)
            Show(new(StateOf(end), end.At) { Failure = end.Failure });
        else if (_shown)
            Show(null);
        Finish();
    }

    /// <summary>What a sub-workflow had done is what a rerun of both will build on.</summary>
    private void HandleLate(JournalEvent e)
    {
        if (_end is null || e.Kind is not (JournalKind.StepCompleted or JournalKind.StepFailed) || _run.Find(e.Step)?.Kind != StepKind.Workflow)
            return;
        _journal.Add(e.Kind == JournalKind.StepCompleted ? e : e with { Kind = JournalKind.AttemptFailed, Failure = null });
        Finish();
    }

    private void Finish()
    {
        if (_steps.HasOpenChildren || _end is not { } end)
            return;
        _done.TrySetResult(new(StateOf(end), end.At)
        {
            Output = end.Data,
            Failure = end.Failure,
            EventIds = [.. _eventIds],
            Again = Again(end),
        });
    }

    private WorkflowStart? Again(JournalEvent end)
    {
        if (end.Kind == JournalKind.Completed || EngineErrors.IsUndone(end.Failure))
            return null;
        WorkflowStart again = _start with
        {
            Journal = [.. _journal, end, new(JournalKind.Rerun, end.At)],
            EventIds = [.. _eventIds],
            Status = _run.Status,
        };
        return WorkflowJson.Write(again).Length <= MaxMemoryChars ? again : null;
    }

    private void Show(WorkflowEnd? ended)
    {
        JsonElement? status = _run.Status is { } text ? JsonSerializer.Deserialize<JsonElement>(text) : null;
        _durable.SetCustomStatus(JsonSerializer.SerializeToElement(new WorkflowProgress(status, ended, _run.IsSuspended, [.. _taken]), WorkflowJson.Options));
    }

    private static WorkflowState StateOf(JournalEvent end) => end.Kind switch
    {
        JournalKind.Completed => WorkflowState.Completed,
        JournalKind.Cancelled => WorkflowState.Cancelled,
        _ => WorkflowState.Failed,
    };
}
