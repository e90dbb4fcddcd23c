namespace MlOps.Domain.Experiments;

/// <summary>
/// Joins the updates of one run that wait at the same time into one write: many writers of a hot run then share a commit
/// instead of beating each other to its row.
/// </summary>
internal sealed class RunUpdateQueue(RunsTable runs)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Waiting>> _waiting = new(StringComparer.Ordinal);

    public Task UpdateAsync(string runId, Func<RunDocument, RunDocument?> change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiting = new Waiting(change);
        if (Join(runId, waiting))
            _ = DrainAsync(runId);
        return waiting.Done.Task.WaitAsync(cancellationToken);
    }

    /// <returns>True if nobody works on this run: the caller must.</returns>
    private bool Join(string runId, Waiting waiting)
    {
        lock (_lock)
        {
            if (_waiting.TryGetValue(runId, out List<Waiting>? others))
            {
                others.Add(waiting);
                return false;
            }

            _waiting[runId] = [waiting];
            return true;
        }
    }

    private List<Waiting>? Take(string runId)
    {
        lock (_lock)
        {
            List<Waiting> group = _waiting[runId];
            if (group.Count > 0)
                _waiting[runId] = [];
            else
                _waiting.Remove(runId);
            return group.Count > 0 ? group : null;
        }
    }

    private async Task DrainAsync(string runId)
    {
        while (Take(runId) is { } group)
            await ApplyAsync(runId, group);
    }

    private async Task ApplyAsync(string runId, List<Waiting> group)
    {
        try
        {
            // Not the token of any one caller: the others wait for this write too.
            await runs.UpdateAsync(runId, run => Combine(run, group), CancellationToken.None);
            group.ForEach(w => w.Answer());
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.TooLarge && group.Count > 1)
        {
            foreach (Waiting alone in group)
                await ApplyAsync(runId, [alone]);
        }
        catch (Exception e)
        {
            group.ForEach(w => w.Done.TrySetException(e));
        }
    }

    /// <summary>Each change sees those before it; one that is refused leaves the run as it was for the next.</summary>
    private static RunDocument? Combine(RunDocument run, List<Waiting> group)
    {
        RunDocument current = run;
        bool changed = false;
        foreach (Waiting waiting in group)
        {
            if (waiting.Apply(current) is not { } next)
                continue;
            current = next;
            changed = true;
        }

        return changed ? current : null;
    }

    private sealed class Waiting(Func<RunDocument, RunDocument?> change)
    {
        private MlOpsException? _refusal;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public RunDocument? Apply(RunDocument run)
        {
            _refusal = null;
            try
            {
                return change(run);
            }
            catch (MlOpsException e)
            {
                _refusal = e;
                return null;
            }
        }

        public void Answer()
        {
            if (_refusal is null)
                Done.TrySetResult();
            else
                Done.TrySetException(_refusal);
        }
    }
}
