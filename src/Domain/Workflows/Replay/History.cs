namespace MlOps.Domain.Workflows.Replay;

/// <summary>
/// A journal as it is to be replayed. Up to the last rerun after a failure the events are <em>remembered</em>: with the failures
/// forgotten, the code may ask in another order than it did, so these steps are matched by what they are. After it, the code must
/// ask for the same steps in the same order.
/// </summary>
internal sealed record History(IReadOnlyList<JournalEvent> Events, int Remembered, int LastStep)
{
    public static History Of(IReadOnlyList<JournalEvent> journal)
    {
        List<JournalEvent> kept = [];
        int remembered = 0;
        int culprit = 0;
        foreach (JournalEvent e in journal)
        {
            if (e.Kind is JournalKind.Completed or JournalKind.Failed or JournalKind.Cancelled)
            {
                culprit = e.Step;
            }
            else if (e.Kind != JournalKind.Rerun)
            {
                kept.Add(e);
            }
            else
            {
                // A rerun goes on, also with what was cancelled while it was suspended.
                if (kept.FindLast(k => k.Kind is JournalKind.Suspended or JournalKind.Resumed)?.Kind == JournalKind.Suspended)
                    kept.Add(new(JournalKind.Resumed, e.At));
                if (culprit == 0)
                    continue;
                kept = ForgetFailure(kept, culprit);
                remembered = kept.Count;
                culprit = 0;
            }
        }

        return new(kept, remembered, journal.Where(e => e.Kind == JournalKind.Scheduled).Select(e => e.Step).DefaultIfEmpty().Max());
    }

    /// <summary>
    /// Steps that ran side by side with the culprit form one phase: from where nothing was running before it to where nothing was
    /// running after it. Every failure of that phase is forgotten (the steps run again), and so is everything after the phase: it is
    /// how the code dealt with the failure. What else was completed keeps its result.
    /// </summary>
    private static List<JournalEvent> ForgetFailure(List<JournalEvent> events, int culprit)
    {
        (int first, int last) = PhaseOf(events, culprit);
        HashSet<int> later = [.. events.Skip(last + 1).Where(e => e.Kind == JournalKind.Scheduled).Select(e => e.Step)];
        HashSet<int> failed = [.. events.Take(last + 1).Skip(first).Where(e => e.Kind == JournalKind.StepFailed).Select(e => e.Step)];
        return events.FindAll(e => !later.Contains(e.Step)
            && !(e.Kind is JournalKind.StepFailed or JournalKind.AttemptFailed && failed.Contains(e.Step)));
    }

    private static (int First, int Last) PhaseOf(List<JournalEvent> events, int culprit)
    {
        var running = new HashSet<int>();
        int first = 0;
        bool failed = false;
        for (int i = 0; i < events.Count; i++)
        {
            JournalEvent e = events[i];
            if (e is { Kind: JournalKind.Scheduled, StepKind: StepKind.Activity or StepKind.Workflow })
            {
                first = running.Count == 0 ? i : first;
                running.Add(e.Step);
            }
            else if (e.Kind is JournalKind.StepCompleted or JournalKind.StepFailed)
            {
                running.Remove(e.Step);
                failed |= e.Kind == JournalKind.StepFailed && e.Step == culprit;
            }

            if (failed && running.Count == 0)
                return (first, i);
        }

        return (first, events.Count - 1);
    }
}
