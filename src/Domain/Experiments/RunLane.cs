using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>Writes of runs of one experiment in this process, one after the other; see <see cref="RunUpdateQueue"/>.</summary>
internal sealed class RunLane(string experimentId, RunsTable runs, MetricLogTable metrics, WrittenRuns kept, Action<IReadOnlyList<string>> written)
{
    // Writers of one process queue here, so what meets at a row are whole processes, few at a time.
    private const int Attempts = 200;

    /// <summary>Of one batch; well below its limits of rows and bytes.</summary>
    private const int MaxRuns = 64;
    private const int MaxBytes = 2 << 20;

    /// <summary>More than the names in a tail may add to a document, which must have room for them.</summary>
    private const int TailRoom = 1 << 20;

    private readonly Lock _lock = new();
    private List<RunWrite> _waiting = [];
    private bool _busy;
    private RunFeed? _feed;

    /// <summary>The row that says what this process changed; null before its first write.</summary>
    public string? Feed => _feed?.Row;

    /// <returns>The run as it is stored then.</returns>
    public Task<RunDocument> ApplyAsync(RunWrite write, CancellationToken cancellationToken)
    {
        if (Join(write))
            write.OnCallersThread(() => _ = DrainAsync());
        return write.Done.WaitAsync(cancellationToken);
    }

    /// <returns>True if nobody works here: the caller must.</returns>
    private bool Join(RunWrite write)
    {
        lock (_lock)
        {
            _waiting.Add(write);
            if (_busy)
                return false;
            return _busy = true;
        }
    }

    private List<RunWrite>? Take()
    {
        lock (_lock)
        {
            List<RunWrite> taken = _waiting;
            _waiting = [];
            _busy = taken.Count > 0;
            return _busy ? taken : null;
        }
    }

    private async Task DrainAsync()
    {
        for (int round = 0; Take() is { } all; round++)
        {
            // What came meanwhile is not the work of the caller whose write began this: it may have its answer already.
            if (round == 1)
                await Task.Yield();
            if (all is [var alone])
                await ApplyAsync([[alone]]);
            else
                await ApplyManyAsync(all);
        }
    }

    private async Task ApplyManyAsync(List<RunWrite> all)
    {
        foreach (IGrouping<string, RunWrite>[] some in all.GroupBy(w => w.RunId, StringComparer.Ordinal).Chunk(MaxRuns))
            await ApplyAsync([.. some.Select(run => run.ToArray())]);
    }

    /// <summary>Writes of several runs together; when that fails, each run alone.</summary>
    private async Task ApplyAsync(IReadOnlyList<RunWrite[]> groups)
    {
        var ready = new List<PreparedRun>();
        int bytes = 0;
        foreach (RunWrite[] group in groups)
        {
            PreparedRun? prepared = await PrepareAsync(group);
            if (prepared is null)
                continue;
            if (bytes + prepared.Bytes > MaxBytes && ready.Count > 0)
            {
                await WriteAsync(ready);
                (ready, bytes) = ([], 0);
            }

            ready.Add(prepared);
            bytes += prepared.Bytes;
        }

        if (ready.Count > 0)
            await WriteAsync(ready);
    }

    /// <summary>What the writes make of their run; null when they are answered already.</summary>
    private async Task<PreparedRun?> PrepareAsync(RunWrite[] group)
    {
        try
        {
            // Not the token of any one caller: the others wait for this write too.
            PreparedRun prepared = await OfPointsAsync(group) ?? await OfKeptAsync(group) ?? PreparedRun.Of(await runs.FindStoredAsync(group[0].Key, CancellationToken.None), group, runs.Now);
            if (prepared.Flushed.Count > 0)
                await metrics.AppendAsync(prepared.RunId, prepared.Flushed, CancellationToken.None);
            await runs.Parts.WriteAsync(prepared.RunId, prepared.Document.Added, CancellationToken.None);
            if (prepared.Write is not null)
                return prepared;
            prepared.Answer();
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.TooLarge && group.Length > 1)
        {
            foreach (RunWrite alone in group)
                await ApplyAsync([[alone]]);
        }
        catch (Exception e)
        {
            Array.ForEach(group, w => w.Fail(e));
        }

        return null;
    }

    /// <summary>
    /// Points of a run that is known to be long: written to its tail, so that the document is neither read nor written until the tail is full.
    /// Null where the writes are more than that, or are to be refused.
    /// </summary>
    private async ValueTask<PreparedRun?> OfPointsAsync(RunWrite[] group)
    {
        EntityKey key = group[0].Key;
        if (!kept.IsLarge(key) || !Array.TrueForAll(group, w => w.Points is not null))
            return null;
        if (await runs.FindRowAsync(key, CancellationToken.None) is not { } row || PieceList.Read(row).Pieces.Sum(p => p.Bytes) is 0 or > TrackingLimits.RunBytes - TailRoom
            || await runs.HeadAsync(row, CancellationToken.None) is not { IsDeleted: false, IsPurged: false } head || (head.IsOfPipeline && Array.Exists(group, w => w.Points!.IsForeign)))
            return null;
        MetricTail tail = RunRow.TailOf(row);
        foreach (MetricPoint point in group.SelectMany(w => w.Points!.Metrics))
            tail.Add(point.Name, LatestMetric.Of(point));
        if (tail.IsFull)
            return null;
        // As it was kept it is older from here on.
        kept.Take(key);
        return PreparedRun.OfPoints(group, row, tail);
    }

    /// <summary>What the writes make of the run as this process wrote it last; null where it must be read.</summary>
    private async ValueTask<PreparedRun?> OfKeptAsync(RunWrite[] group)
    {
        if (kept.Take(group[0].Key) is not { } stored)
            return null;
        try
        {
            var prepared = PreparedRun.Of(stored, group, runs.Now);
            // The write of the run finds out whether another process changed it. What needs none, or has one before it, must know at once.
            bool isSure = prepared.Write is not null && (!prepared.HasMore || (await runs.FindRowAsync(stored.Key, CancellationToken.None))?.ETag == stored.ETag);
            return isSure ? prepared : null;
        }
        catch (MlOpsException)
        {
            return null;
        }
    }

    private async Task WriteAsync(List<PreparedRun> ready)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                _feed ??= await runs.OpenFeedAsync(experimentId, CancellationToken.None);
                await WriteAsync(_feed, ready);
                ready.ForEach(r => r.Answer());
                foreach (PreparedRun run in ready)
                    await RemoveDueAsync(run);
                return;
            }
            catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-exists" or "entity-missing" && attempt < Attempts)
            {
                // Another process wrote one of them.
                ready = await AgainAsync(ready);
                if (ready.Count == 0)
                    return;
            }
            catch (Exception e)
            {
                ready.ForEach(r => r.Fail(e));
                return;
            }
        }
    }

    private async Task WriteAsync(RunFeed feed, List<PreparedRun> ready)
    {
        string[] ids = [.. ready.Select(r => r.RunId)];
        try
        {
            IReadOnlyList<string> etags = await runs.WriteAsync([.. ready.Select(r => r.Write!), feed.After(ids)], CancellationToken.None);
            for (int i = 0; i < ready.Count; i++)
            {
                kept.Note(ready[i].Key, ready[i].Document.Pieces.Pieces.Count > 0);
                if (ready[i].Written(etags[i]) is { } stored)
                    kept.Keep(stored);
            }
        }
        finally
        {
            // Also a write that failed may have been done: nobody else would tell this process's index.
            written(ids);
        }
    }

    private async Task<List<PreparedRun>> AgainAsync(List<PreparedRun> ready)
    {
        var again = new List<PreparedRun>();
        foreach (PreparedRun run in ready)
        {
            if (await PrepareAsync(run.Group) is { } prepared)
                again.Add(prepared with { Lost = run.Written() });
            else if (run.Written() is { Count: > 0 } lost)
                await RemoveLostAsync(run.Key, run.RunId, lost);
        }

        return again;
    }

    /// <summary>Parts for a row that is not to be written any more; the one that is there may name the same, and none that comes after it does. What cannot be removed now is gc's.</summary>
    private async Task RemoveLostAsync(EntityKey key, string runId, IReadOnlyList<string> lost)
    {
        try
        {
            if (await runs.FindRowAsync(key, CancellationToken.None) is { } row)
                await runs.Parts.RemoveAsync(runId, [.. lost.Except(PieceList.Read(row).Parts)], CancellationToken.None);
        }
        catch (MlOpsException)
        {
        }
    }

    /// <summary>The runs are written and answered for: what cannot be removed now goes with its run.</summary>
    private async Task RemoveDueAsync(PreparedRun run)
    {
        try
        {
            await runs.Parts.RemoveAsync(run.RunId, run.Due, CancellationToken.None);
        }
        catch (MlOpsException)
        {
        }
    }
}
