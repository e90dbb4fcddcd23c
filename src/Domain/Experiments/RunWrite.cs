using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>One caller's change of a run, and its answer.</summary>
/// <param name="isRead">Whether the caller reads all of the answer, which therefore nobody may change any more.</param>
/// <param name="points">What <paramref name="change"/> logs, where that is nothing but points; its caller reads nothing of the answer.</param>
internal sealed class RunWrite(string runId, EntityKey key, Func<RunDocument?, RunDocument?> change, bool isRead, RunChanges? points = null)
{
    // Its continuations are run by the work item that answers; see Answer.
    private readonly TaskCompletionSource<RunDocument> _done = new();
    private MlOpsException? _refusal;
    private int _callersThread;

    public string RunId => runId;

    public EntityKey Key => key;

    public bool IsRead => isRead;

    public RunChanges? Points => points;

    public Task<RunDocument> Done => _done.Task;

    /// <summary>Works for the lane on the caller's thread, who has not begun to wait: answered there, he need not.</summary>
    public void OnCallersThread(Action work)
    {
        _callersThread = Environment.CurrentManagedThreadId;
        work();
        _callersThread = 0;
    }

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

    public void Answer(RunDocument? run) => Answer(run, _refusal);

    public void Fail(Exception e) => Answer(null, e);

    /// <summary>
    /// Whoever waits goes on by the queue that all threads share, first come first served. By the queue of the lane's own thread, which is what
    /// asynchronous continuations take, the last that came would be first, and with many clients one may wait for a second.
    /// </summary>
    private void Answer(RunDocument? run, Exception? error)
    {
        if (_callersThread == Environment.CurrentManagedThreadId)
            Complete(run, error);
        else
            ThreadPool.UnsafeQueueUserWorkItem(static answer => answer.Write.Complete(answer.Run, answer.Error), (Write: this, Run: run, Error: error), preferLocal: false);
    }

    private void Complete(RunDocument? run, Exception? error)
    {
        if (error is not null)
            _done.TrySetException(error);
        else
            _done.TrySetResult(run!);
    }
}

/// <summary>What waiting changes make of one run together.</summary>
/// <param name="Write">Null when nothing is to be written: no change was new, or all were refused.</param>
/// <param name="Run">Null when there is none.</param>
/// <param name="Bytes">Of its row.</param>
/// <param name="Flushed">Points that are no longer in the run's row: to be written to <see cref="MetricLogTable"/> before it.</param>
internal sealed record PreparedRun(RunWrite[] Group, EntityWrite? Write, RunDocument? Run, int Bytes, IReadOnlyList<(string Name, PackedPoints Points)> Flushed)
{
    private static readonly CutDocument Nothing = CutDocument.Of(default, PieceList.None, null, default);

    /// <summary>How the run is stored; its parts are to be written before its row.</summary>
    public CutDocument Document { get; init; } = Nothing;

    /// <summary>Parts that were written for a row that another process was quicker to replace.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Whether something is to be written before the run's row.</summary>
    public bool HasMore => Flushed.Count > 0 || Document.Added.Count > 0;

    /// <summary>Parts that are to be removed once the row is written.</summary>
    public IReadOnlyList<string> Due => Lost.Count == 0 ? Document.Due : [.. Document.Due.Union(Lost.Except(Document.Pieces.Parts))];

    public string RunId => Group[0].RunId;

    public EntityKey Key => Group[0].Key;

    /// <summary>Each change sees those before it; one that is refused leaves the run as it was for the next.</summary>
    /// <param name="stored">Is changed in place.</param>
    public static PreparedRun Of(StoredRun? stored, RunWrite[] group, DateTimeOffset now)
    {
        RunDocument? current = stored?.Run;
        bool changed = false;
        foreach (RunWrite write in group)
        {
            if (write.Apply(current) is not { } next)
                continue;
            current = next;
            changed = true;
        }

        if (!changed)
            return new(group, null, current, 0, []);
        if (current!.IsRemoved)
            return new(group, EntityWrite.Delete(group[0].Key, stored!.ETag), current, 0, []);
        IReadOnlyList<(string Name, PackedPoints Points)> flushed = current.Tail.TakeDue();
        CutDocument document = RunRow.Cut(current, stored?.ETag, now);
        Entity after = RunRow.Of(group[0].Key, current, document);
        EntityWrite writing = stored is null ? EntityWrite.Insert(after) : EntityWrite.Replace(after, stored.ETag);
        return new(group, writing, current, after.Properties.Values.Sum(v => v is byte[] bytes ? bytes.Length : 0), flushed) { Document = document };
    }

    /// <summary>Points of a long run, which need no more of it than its row.</summary>
    /// <param name="tail">That of the row with them.</param>
    public static PreparedRun OfPoints(RunWrite[] group, Entity row, MetricTail tail)
    {
        byte[] bytes = tail.Write()!;
        return new(group, EntityWrite.Merge(RunRow.OfTail(row.Key, bytes), row.ETag!), null, bytes.Length, []) { Document = Nothing with { Pieces = PieceList.Read(row) } };
    }

    /// <summary>Parts that were written for it.</summary>
    public IReadOnlyList<string> Written() => [.. Lost.Union(Document.Added.Select(part => part.Name))];

    /// <summary>The run for its next write; null when it is not to be changed any more, or not known.</summary>
    /// <param name="etag">Of its row, now that it is written.</param>
    public StoredRun? Written(string etag)
    {
        if (Run is null or { IsRemoved: true } || Array.Exists(Group, w => w.IsRead))
            return null;
        return new(Key, Document.Pieces == Run.Pieces ? Run : Run with { Pieces = Document.Pieces }, etag, Bytes + Document.Pieces.Pieces.Sum(p => p.Part is null ? 0 : p.Bytes));
    }

    public void Answer() => Array.ForEach(Group, w => w.Answer(Run));

    public void Fail(Exception e) => Array.ForEach(Group, w => w.Fail(e));
}
