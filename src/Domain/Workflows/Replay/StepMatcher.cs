namespace MlOps.Domain.Workflows.Replay;

/// <summary>Finds the step of the history that the code is asking for again.</summary>
internal sealed class StepMatcher(RunIdentity identity)
{
    private readonly Dictionary<(StepKind Kind, string Name, string? Data, DateTimeOffset? Due), Queue<Step>> _remembered = [];
    private readonly Queue<Step> _expected = new();

    public void Add(Step step, bool remembered)
    {
        if (!remembered)
        {
            _expected.Enqueue(step);
            return;
        }

        if (!_remembered.TryGetValue(KeyOf(step.Scheduled), out Queue<Step>? same))
            _remembered[KeyOf(step.Scheduled)] = same = new();
        same.Enqueue(step);
    }

    /// <summary>The step, or null when the request is new; an error when the history has another one at this place.</summary>
    public Step? Match(JournalEvent request, out MlOpsException? mismatch)
    {
        mismatch = null;
        if (Recall(request) is { } remembered)
            return remembered;
        if (!_expected.TryDequeue(out Step? expected))
            return null;
        if (!IsSame(expected.Scheduled, request))
            mismatch = ReplayErrors.Changed(identity, expected.Scheduled, $"asked for {Step.Describe(request)}");
        return expected;
    }

    private Step? Recall(JournalEvent request) =>
        _remembered.TryGetValue(KeyOf(request), out Queue<Step>? same) && same.TryDequeue(out Step? step) ? step : null;

    private static bool IsSame(JournalEvent a, JournalEvent b) =>
        a.StepKind == b.StepKind
        && string.Equals(a.Name, b.Name, a.StepKind == StepKind.Event ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static (StepKind Kind, string Name, string? Data, DateTimeOffset? Due) KeyOf(JournalEvent e) =>
        (e.StepKind!.Value, e.StepKind == StepKind.Event ? e.Name!.ToUpperInvariant() : e.Name!, e.Data, e.Due);
}
