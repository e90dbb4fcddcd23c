namespace MlOps.Domain.Workflows.Replay;

/// <summary>External events by name, first come first served, whether the event or the waiter is there first.</summary>
internal sealed class EventBuffer
{
    private readonly Dictionary<string, Queue<JournalEvent>> _events = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<Step>> _waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<JournalEvent> _unconsumed = [];

    /// <summary>Events nobody has waited for yet, in the order in which they came.</summary>
    public IReadOnlyList<JournalEvent> Unconsumed => _unconsumed;

    public void Raise(JournalEvent e)
    {
        if (_waiters.TryGetValue(e.Name!, out List<Step>? waiters) && waiters.Count > 0)
        {
            Step waiter = waiters[0];
            waiters.RemoveAt(0);
            waiter.Complete(e.Data);
            return;
        }

        Keep(e);
    }

    /// <summary>For whoever waits next.</summary>
    public void Keep(JournalEvent e)
    {
        if (!_events.TryGetValue(e.Name!, out Queue<JournalEvent>? queue))
            _events[e.Name!] = queue = new();
        queue.Enqueue(e);
        _unconsumed.Add(e);
    }

    public void Wait(Step step)
    {
        if (_events.TryGetValue(step.Name, out Queue<JournalEvent>? queue) && queue.TryDequeue(out JournalEvent? e))
        {
            _unconsumed.Remove(e);
            step.Complete(e.Data);
            return;
        }

        if (!_waiters.TryGetValue(step.Name, out List<Step>? waiters))
            _waiters[step.Name] = waiters = [];
        waiters.Add(step);
    }

    public void Withdraw(Step step)
    {
        if (_waiters.TryGetValue(step.Name, out List<Step>? waiters))
            waiters.Remove(step);
    }
}
