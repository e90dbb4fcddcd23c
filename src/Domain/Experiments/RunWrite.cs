using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>One caller's change of a run, and its answer.</summary>
internal sealed class RunWrite(string runId, EntityKey key, Func<RunDocument?, RunDocument?> change)
{
    private readonly TaskCompletionSource<RunDocument> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MlOpsException? _refusal;

    public string RunId => runId;

    public EntityKey Key => key;

    public Task<RunDocument> Done => _done.Task;

    /// <summary>What it makes of the run; null when it leaves it or is refused.</summary>
    public RunDocument? Apply(RunDocument? run)
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

    public void Answer(RunDocument? run)
    {
        if (_refusal is not null)
            _done.TrySetException(_refusal);
        else
            _done.TrySetResult(run!);
    }

    public void Fail(Exception e) => _done.TrySetException(e);
}

/// <summary>What waiting changes make of one run together, ready to be written.</summary>
/// <param name="Flushed">Points that are no longer in the run's row: to be written to <see cref="MetricLogTable"/> before it.</param>
internal sealed record PreparedRun(string RunId, RunWrite[] Group, EntityWrite Write, RunDocument Run, int Bytes, IReadOnlyList<(string Name, IReadOnlyList<LatestMetric> Points)> Flushed)
{
    /// <summary>Each change sees those before it; one that is refused leaves the run as it was for the next. Null when nothing is to be written: all are answered then.</summary>
    public static PreparedRun? Of(Entity? row, RunWrite[] group)
    {
        RunDocument? current = row is null ? null : RunsTable.Read(row);
        bool changed = false;
        foreach (RunWrite write in group)
        {
            if (write.Apply(current) is not { } next)
                continue;
            current = next;
            changed = true;
        }

        if (!changed)
        {
            Array.ForEach(group, w => w.Answer(current));
            return null;
        }

        if (current!.IsRemoved)
            return new(group[0].RunId, group, EntityWrite.Delete(group[0].Key, row!.ETag!), current, 0, []);
        IReadOnlyList<(string Name, IReadOnlyList<LatestMetric> Points)> flushed = current.Tail.IsFull ? current.Tail.TakeAll() : [];
        Entity after = RunsTable.Row(group[0].Key, current);
        EntityWrite writing = row is null ? EntityWrite.Insert(after) : EntityWrite.Replace(after, row.ETag!);
        return new(group[0].RunId, group, writing, current, after.Properties.Values.Sum(v => v is byte[] bytes ? bytes.Length : 0), flushed);
    }

    public void Answer() => Array.ForEach(Group, w => w.Answer(Run));

    public void Fail(Exception e) => Array.ForEach(Group, w => w.Fail(e));
}
