namespace MlOps.Domain.Workflows.Replay;

/// <summary>
/// The running code of one generation of an instance. Events go in one at a time (from the journal or fresh), the steps that the
/// code asks for come out. It does no I/O: what it emits takes effect once the caller has journaled it.
/// </summary>
internal sealed class WorkflowRun
{
    private readonly Func<bool>? _isReplaying;
    private readonly IWorkflow _workflow;
    private readonly RunIdentity _identity;
    private readonly TurnScheduler _scheduler;
    private readonly EventBuffer _events = new();
    private readonly Dictionary<int, Step> _steps = [];
    private readonly StepMatcher _matcher;
    private readonly List<JournalEvent> _emitted = [];
    private readonly List<Step> _asked = [];
    private readonly HashSet<Step> _open = [];
    private readonly List<JournalEvent> _held = [];
    private Task<object?>? _code;
    private int _lastStep;
    private int _lastAsked;
    private int _guids;
    private bool _replaying;

    /// <param name="onForeign">Called, from any thread, when the code goes on after an await on something that its context did not return.</param>
    /// <param name="isReplaying">For engines that run the code anew for each event: true while it catches up.</param>
    public WorkflowRun(IWorkflow workflow, RunIdentity identity, Action onForeign, Func<bool>? isReplaying = null)
    {
        _isReplaying = isReplaying;
        _workflow = workflow;
        _identity = identity;
        _scheduler = new(onForeign);
        _matcher = new(identity);
    }

    public RunIdentity Identity => _identity;

    public DateTimeOffset UtcNow { get; private set; }

    public bool IsReplaying => _replaying || _isReplaying?.Invoke() == true;

    public string? Status { get; set; }

    /// <summary>Set when the code and the journal do not fit, or the code left its turn: the instance must fail with it.</summary>
    public MlOpsException? Broken { get; private set; }

    /// <summary>Outcomes and events are held back; the code stands still.</summary>
    public bool IsSuspended { get; private set; }

    /// <summary>The input of the next generation as JSON, once the code asked for one.</summary>
    public string? NextInput { get; set; }

    public bool Ended => _code is { IsCompleted: true };

    public bool ContinuesAsNew => NextInput is not null && _code is { IsCompletedSuccessfully: true };

    public IReadOnlyList<JournalEvent> UnconsumedEvents => _events.Unconsumed;

    public IEnumerable<Step> OpenSteps => _open.Where(s => s.IsOpen);

    /// <summary>Delivers the history; afterwards the code stands where it stood when the last event had been journaled.</summary>
    /// <exception cref="MlOpsException">Unavailable <c>journal-corrupt</c>.</exception>
    public void Replay(History history)
    {
        _lastStep = history.LastStep;
        for (int i = 0; i < history.Events.Count; i++)
            Prepare(history.Events[i], remembered: i < history.Remembered);
        _replaying = true;
        for (int i = 0; i < history.Events.Count && Broken is null; i++)
            Deliver(history.Events[i], strict: i >= history.Remembered);
        _replaying = false;
    }

    /// <summary>The step, if its outcome is still to come.</summary>
    public Step? Awaited(int step) => _steps.GetValueOrDefault(step) is { IsOpen: true } open && !_held.Exists(h => h.Step == step) ? open : null;

    public Step? Find(int step) => _steps.GetValueOrDefault(step);

    public void Deliver(JournalEvent e) => Deliver(e, strict: false);

    /// <summary>Steps scheduled since the last call, to be journaled.</summary>
    public IReadOnlyList<JournalEvent> TakeEmitted() => Take(_emitted);

    /// <summary>Steps asked for or withdrawn since the last call: to be acted upon while they are open, else to be dropped.</summary>
    public IReadOnlyList<Step> TakeAsked() => Take(_asked);

    /// <summary>The code waits, yet for nothing that could ever come.</summary>
    public bool IsStuck()
    {
        _open.RemoveWhere(s => !s.IsOpen);
        return !Ended && Broken is null && _open.Count == 0;
    }

    /// <summary>How the code ended, as a journal event.</summary>
    public JournalEvent EndEvent(DateTimeOffset at)
    {
        try
        {
            object? output = _code!.GetAwaiter().GetResult();
            return new(JournalKind.Completed, at) { Data = Messages.Write(output, $"the output of workflow '{_workflow.Name}'") };
        }
#pragma warning disable CA1031 // Whatever workflow code throws ends its instance, never the engine.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new(JournalKind.Failed, at) { Failure = Messages.Failure(e), Step = CulpritOf(e) };
        }
    }

    public void Break(MlOpsException why) => Broken ??= why;

    /// <summary>The code asks for its next step: one of its history, or a new one.</summary>
    public Step Ask(JournalEvent request, RetryPolicy? retry)
    {
        CheckTurn();
        Step? step = _matcher.Match(request, out MlOpsException? mismatch);
        if (mismatch is not null)
        {
            Break(mismatch);
            return new(request);
        }

        step ??= Schedule(request);
        _lastAsked = step.Number;
        step.Asked = true;
        step.Retry = retry;
        _asked.Add(step);
        if (step.Kind == StepKind.Event)
            _events.Wait(step);
        if (step.IsOpen)
            _open.Add(step);
        return step;
    }

    public void Withdraw(Step step, CancellationToken cancellationToken)
    {
        CheckTurn();
        _events.Withdraw(step);
        if (step.Withdraw(cancellationToken))
            _asked.Add(step);
    }

    public Guid NewGuid()
    {
        CheckTurn();
        return InstanceIds.Guid($"{InstanceIds.StepKey(_identity.InstanceId, _identity.Generation, _lastAsked)}:{UtcNow.UtcTicks}:{_guids++}");
    }

    public void CheckTurn()
    {
        if (!_scheduler.InTurn)
            throw new InvalidOperationException($"workflow '{_workflow.Name}' used its context outside its turn: {EngineErrors.ForeignHint}");
    }

    private void Prepare(JournalEvent e, bool remembered)
    {
        if (e.Kind != JournalKind.Scheduled)
            return;
        var step = new Step(e);
        if (e.StepKind is null || e.Name is null || !_steps.TryAdd(e.Step, step))
            throw ReplayErrors.Corrupt(_identity.InstanceId, $"step {e.Step} is scheduled twice or without a kind");
        _matcher.Add(step, remembered);
    }

    private void Deliver(JournalEvent e, bool strict)
    {
        switch (e.Kind)
        {
            case JournalKind.EventRaised or JournalKind.StepCompleted or JournalKind.StepFailed when IsSuspended:
                _held.Add(e);
                break;
            case JournalKind.Suspended or JournalKind.Resumed:
                IsSuspended = e.Kind == JournalKind.Suspended;
                Release(e.At);
                break;
            case JournalKind.Scheduled when strict && !_steps[e.Step].Asked:
                Break(ReplayErrors.Changed(_identity, e, "did not ask for it"));
                break;
            case JournalKind.Scheduled:
                break;
            case JournalKind.Started:
                Turn(e, () => _code = RunCodeAsync(e.Data));
                break;
            case JournalKind.EventRaised:
                Turn(e, () => _events.Raise(e));
                break;
            case JournalKind.AttemptFailed:
                StepOf(e).AttemptFailed(e);
                break;
            case JournalKind.StepCompleted:
                Turn(e, () => StepOf(e).Complete(e.Data));
                break;
            case JournalKind.StepFailed:
                Turn(e, () => StepOf(e).Fail(e.Failure ?? throw ReplayErrors.Corrupt(_identity.InstanceId, $"step {e.Step} failed without a cause")));
                break;
        }
    }

    /// <summary>Hands over what was held, in its order. Code that has ended meanwhile takes no outcomes; events wait for its next generation.</summary>
    private void Release(DateTimeOffset at)
    {
        if (IsSuspended)
            return;
        JournalEvent[] held = [.. _held];
        _held.Clear();
        foreach (JournalEvent e in held)
        {
            if (!Ended && Broken is null)
                Deliver(e with { At = at });
            else if (e.Kind == JournalKind.EventRaised)
                _events.Keep(e);
        }
    }

    private void Turn(JournalEvent e, Action action)
    {
        UtcNow = e.At > UtcNow ? e.At : UtcNow;
        _scheduler.Run(action);
    }

    private async Task<object?> RunCodeAsync(string? input) =>
        await _workflow.RunAsync(
            new ReplayContext(this), Messages.Read(input, _workflow.InputType, $"the input of workflow instance '{_identity.InstanceId}'"));

    private Step Schedule(JournalEvent request)
    {
        _replaying = false;
        JournalEvent scheduled = request with { Step = ++_lastStep, At = UtcNow };
        if (scheduled.StepKind == StepKind.Workflow)
            scheduled = scheduled with { Target = InstanceIds.Child(_identity.InstanceId, _identity.Generation, scheduled.Step) };
        var step = new Step(scheduled);
        _steps.Add(step.Number, step);
        _emitted.Add(scheduled);
        return step;
    }

    private Step StepOf(JournalEvent e) =>
        Find(e.Step) ?? throw ReplayErrors.Corrupt(_identity.InstanceId, $"there is an outcome of step {e.Step}, which was never scheduled");

    private int CulpritOf(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (_steps.Values.FirstOrDefault(s => ReferenceEquals(s.Error, cause)) is { } step)
                return step.Number;
        }

        return e is MlOpsException ? _steps.Values.LastOrDefault(s => s.Error is not null)?.Number ?? 0 : 0;
    }

    private static IReadOnlyList<T> Take<T>(List<T> list)
    {
        T[] taken = [.. list];
        list.Clear();
        return taken;
    }
}

/// <summary>Which code runs for which instance.</summary>
internal sealed record RunIdentity(string InstanceId, string Workflow, string Version, int Generation);
