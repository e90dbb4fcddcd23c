using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>
/// An open instance in memory. A turn takes all signals there are, feeds them to the code one by one, journals what happened and
/// what the code asked for in one write, and only then acts on it. If that write fails the run is dropped and loaded again from
/// the journal; outcomes already there are kept for the next try.
/// </summary>
internal sealed class LiveInstance : IDisposable
{
    private readonly EngineCore _engine;
    private readonly Inbox _inbox;
    private readonly StepEffects _effects;
    private readonly CancellationTokenSource _ended = new();
    private readonly List<JournalEvent> _journal = [];
    private InstanceHeader? _header;
    private HashSet<string> _eventIds = [];
    private WorkflowRun? _run;

    public LiveInstance(EngineCore engine, string instanceId)
    {
        _engine = engine;
        InstanceId = instanceId;
        _inbox = new(engine.Background, TurnAsync);
        _effects = new(engine, this, _ended.Token);
    }

    public string InstanceId { get; }

    public bool TryPost(Signal signal) => _inbox.TryPost(signal);

    public void Dispose() => _ended.Dispose();

    private async Task TurnAsync(IReadOnlyList<Signal> signals)
    {
        int handled = 0;
        try
        {
            if (!await LoadAsync())
            {
                await CloseAsync(signals);
                return;
            }

            while (handled < signals.Count && IsOpen)
                Handle(signals[handled++]);
            await CommitAsync();
        }
#pragma warning disable CA1031 // A store that fails must not end the engine; the turn is tried again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Retry(signals, e);
            return;
        }

        if (_header!.Ended)
            await CloseAsync(signals.Skip(handled));
        else if (handled < signals.Count)
            _inbox.Return(signals.Skip(handled));
        else if (_run is null)
            TryPost(new WakeSignal());
        foreach (Signal signal in signals.Take(handled))
            signal.Done?.TrySetResult();
    }

    private bool IsOpen => _run is { Ended: false, Broken: null } && !_journal.Exists(e => e.Kind is JournalKind.Cancelled or JournalKind.Failed);

    /// <summary>False when there is nothing to run.</summary>
    private async Task<bool> LoadAsync()
    {
        if (_run is not null)
            return true;
        _journal.Clear();
        _header = await _engine.Store.FindHeaderAsync(InstanceId, CancellationToken.None);
        if (_header is null || _header.Ended)
            return false;
        try
        {
            await ReplayAsync(_header);
        }
        catch (MlOpsException e) when (e.Code is "journal-corrupt" or "workflow-version-unknown")
        {
            InstanceHeader failed = _header with { State = WorkflowState.Failed, Failure = Messages.Failure(e), UpdatedAt = Now() };
            _header = await _engine.Store.AppendAsync(_header, [], failed, CancellationToken.None);
            return false;
        }

        return true;
    }

    private async Task ReplayAsync(InstanceHeader header)
    {
        await _engine.Store.RemoveOldGenerationsAsync(header, CancellationToken.None);
        IReadOnlyList<JournalEvent> journal = await _engine.Store.ReadEventsAsync(header, CancellationToken.None);
        _eventIds = await _engine.Store.ReadEventIdsAsync(InstanceId, CancellationToken.None);
        IWorkflow workflow = _engine.Catalog.Find(header.Workflow, header.Version) ?? throw WorkflowErrors.VersionUnknown(header, _engine.Catalog);
        var identity = new RunIdentity(InstanceId, header.Workflow, header.Version, header.Generation);
        var run = new WorkflowRun(workflow, identity, () => TryPost(new ForeignSignal()));
        run.Replay(History.Of(journal));
        _effects.Begin(header);
        _run = run;
        _journal.AddRange(run.TakeEmitted());
    }

    private void Handle(Signal signal)
    {
        switch (signal)
        {
            case OutcomeSignal outcome:
                HandleOutcome(outcome);
                break;
            case RaiseSignal raise when raise.EventId is null || _eventIds.Add(raise.EventId):
                Record(new(JournalKind.EventRaised, Now()) { Name = raise.Name, Data = raise.Payload, EventId = raise.EventId });
                break;
            case CancelSignal cancel:
                Record(new(JournalKind.Cancelled, Now()) { Failure = Messages.Limit(new(ErrorKind.Conflict, "cancelled", cancel.Reason)) });
                break;
            case HoldSignal hold when hold.Suspend != _run!.IsSuspended:
                Record(new(hold.Suspend ? JournalKind.Suspended : JournalKind.Resumed, Now()));
                break;
            case RetrySignal retry when Awaited(retry.Step, retry.Key) is { } step:
                _effects.RetryLater(step);
                break;
            case ForeignSignal:
                _run!.Break(WorkflowErrors.Foreign(_run.Identity));
                break;
        }
    }

    private void HandleOutcome(OutcomeSignal outcome)
    {
        if (Awaited(outcome.Event.Step, outcome.Key) is not { } step)
            return;
        JournalEvent e = outcome.Event with { At = Now() };
        if (e.Kind == JournalKind.StepFailed && e.Failure!.IsTransient && step.Retry?.DelayAfter(step.FailedAttempts + 1) is { } delay)
            e = e with { Kind = JournalKind.AttemptFailed, Attempt = step.FailedAttempts + 1, Due = e.At + delay };
        Record(e);
        if (e.Kind == JournalKind.AttemptFailed)
            _effects.RetryLater(step);
    }

    private Step? Awaited(int number, string key) => _run!.Awaited(number) is { } step && key == _effects.KeyOf(step) ? step : null;

    private void Record(JournalEvent e)
    {
        _journal.Add(e);
        _run!.Deliver(e);
        _journal.AddRange(_run.TakeEmitted());
    }

    private async Task CommitAsync()
    {
        WorkflowRun run = _run!;
        if (run.IsStuck())
            run.Break(WorkflowErrors.Foreign(run.Identity));
        if (run.Broken is { } broken)
            _journal.Add(new(JournalKind.Failed, Now()) { Failure = Messages.Failure(broken) });
        else if (run.ContinuesAsNew && IsNotCancelled)
            await ContinueAsNewAsync(run);
        else if (run.Ended && IsNotCancelled)
            _journal.Add(run.EndEvent(Now()));
        if (_run is null)
            return;
        InstanceHeader next = Next(run);
        if (_journal.Count > 0 || next.Status != _header!.Status)
            _header = await _engine.Store.AppendAsync(_header!, _journal, next, CancellationToken.None);
        _journal.Clear();
        if (!_header!.Ended && !run.IsSuspended)
            _effects.Act(run.TakeAsked());
    }

    private bool IsNotCancelled => !_journal.Exists(e => e.Kind == JournalKind.Cancelled);

    private InstanceHeader Next(WorkflowRun run)
    {
        InstanceHeader next = _header! with { UpdatedAt = Now(), Status = run.Status ?? _header.Status };
        JournalEvent? end = _journal.Find(e => e.Kind is JournalKind.Completed or JournalKind.Failed or JournalKind.Cancelled);
        return end?.Kind switch
        {
            JournalKind.Completed => next with { State = WorkflowState.Completed, Output = end.Data },
            JournalKind.Failed => next with { State = WorkflowState.Failed, Failure = end.Failure },
            JournalKind.Cancelled => next with { State = WorkflowState.Cancelled, Failure = end.Failure },
            _ => next with { State = run.IsSuspended ? WorkflowState.Suspended : WorkflowState.Running },
        };
    }

    private async Task ContinueAsNewAsync(WorkflowRun run)
    {
        List<JournalEvent> begin = [new(JournalKind.Started, Now()) { Data = run.NextInput }, .. run.UnconsumedEvents];
        IEnumerable<string> delivered = _journal.Where(e => e.EventId is not null).Select(e => e.EventId!);
        InstanceHeader next = _header! with { Generation = _header.Generation + 1, Input = run.NextInput, UpdatedAt = Now(), Status = run.Status ?? _header.Status };
        _header = await _engine.Store.NewGenerationAsync(_header, begin, [.. delivered], next, CancellationToken.None);
        _effects.Withdraw();
        _journal.Clear();
        _run = null;
    }

    private void Retry(IReadOnlyList<Signal> signals, Exception e)
    {
        _engine.Log.TurnFailed(e, InstanceId, _engine.Options.WriteRetryDelay);
        _run = null;
        foreach (Signal signal in signals)
            signal.Done?.TrySetException(e);
        _inbox.Return(signals.Where(s => s.Done is null));
        _engine.Timers.Add(_engine.Time.GetUtcNow() + _engine.Options.WriteRetryDelay, () => TryPost(new WakeSignal()));
    }

    private async Task CloseAsync(IEnumerable<Signal> rest)
    {
        _effects.Withdraw();
        await _ended.CancelAsync();
        IReadOnlyList<Signal> late = _inbox.Close();
        _engine.Forget(this);
        if (_header is { State: WorkflowState.Cancelled } && _run is not null)
            await _effects.CancelChildrenAsync([.. _run.OpenSteps], _header.Failure!.Message);
        await _engine.EndedAsync(_header);
        foreach (Signal signal in rest)
            Refuse(signal);

        // A rerun may have opened the instance again meanwhile: whoever looks it up now decides.
        foreach (Signal signal in late)
            _engine.Post(InstanceId, signal);
        Dispose();
    }

    private void Refuse(Signal signal)
    {
        if (signal is RaiseSignal { EventId: { } id } && _eventIds.Contains(id))
            signal.Done?.TrySetResult();
        else
            signal.Done?.TrySetException(_header is null ? EngineErrors.Missing(InstanceId) : WorkflowErrors.Ended(_header));
    }

    private DateTimeOffset Now()
    {
        DateTimeOffset now = _engine.Time.GetUtcNow();
        return _run is { } run && run.UtcNow > now ? run.UtcNow : now;
    }
}
