namespace MlOps.Domain.Experiments.Search;

/// <summary>
/// The runs of one experiment in memory, packed, built when somebody first searches. Before each search it reads again what was
/// changed since: by this process, which says so itself, and by others, whose feeds say so. What was written before a search began is
/// therefore in what it searches.
/// </summary>
internal sealed class RunIndex(string experimentId, RunsTable runs, Func<string, bool> isOwnFeed, KeyPool pool) : IDisposable
{
    /// <summary>When more than one run in so many has changed, to read all in their order is quicker than to read each.</summary>
    private const int Rebuild = 4;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private readonly RunPacker _packer = new(pool);
    private HashSet<string> _changed = new(StringComparer.Ordinal);
    private PackedRun[]? _all;
    private DateTimeOffset _readAt;

    /// <summary>To be called when this process has written runs, before their writers go on.</summary>
    public void Changed(IReadOnlyList<string> runIds)
    {
        lock (_lock)
            _changed.UnionWith(runIds);
    }

    /// <summary>All runs as they stand, deleted ones too, in order of <see cref="PackedRun.Compare"/>.</summary>
    public async ValueTask<PackedRun[]> CurrentAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return _all = await RefreshAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<PackedRun[]> RefreshAsync(CancellationToken cancellationToken)
    {
        HashSet<string> changed = Take();
        try
        {
            DateTimeOffset now = runs.Now;
            bool missed = runs.MayHaveDroppedSince(_readAt);
            var seen = new List<(string, long)>();
            foreach (FeedState feed in await runs.FeedsAsync(experimentId, cancellationToken))
                missed |= Add(feed, changed, seen);
            PackedRun[] all = _all is null || missed || changed.Count > _all.Length / Rebuild ? await BuildAsync(cancellationToken) : changed.Count == 0 ? _all : await MergeAsync(_all, changed, cancellationToken);
            // Only now: what was not read must be read by the next search.
            foreach ((string writer, long seq) in seen)
                _seen[writer] = seq;
            _readAt = now;
            return all;
        }
        catch
        {
            Changed([.. changed]);
            throw;
        }
    }

    private HashSet<string> Take()
    {
        lock (_lock)
        {
            HashSet<string> taken = _changed;
            _changed = new(StringComparer.Ordinal);
            return taken;
        }
    }

    /// <returns>True when more was changed than the feed still tells.</returns>
    private bool Add(FeedState feed, HashSet<string> changed, List<(string, long)> seen)
    {
        long before = _seen.GetValueOrDefault(feed.Writer);
        seen.Add((feed.Writer, feed.Seq));
        if (feed.Seq == before || isOwnFeed(feed.Writer))
            return false;
        changed.UnionWith(feed.Runs.Where(r => r.Seq > before).Select(r => r.RunId));
        return feed.Floor > before;
    }

    private async Task<PackedRun[]> BuildAsync(CancellationToken cancellationToken)
    {
        var all = new List<PackedRun>();
        await foreach (byte[] json in runs.ListJsonAsync(experimentId, cancellationToken))
            all.Add(_packer.Pack(json));
        all.Sort(PackedRun.Compare);
        return [.. all];
    }

    private async Task<PackedRun[]> MergeAsync(PackedRun[] before, HashSet<string> changed, CancellationToken cancellationToken)
    {
        var fresh = new List<PackedRun>(changed.Count);
        foreach (string id in changed)
        {
            if (await runs.FindJsonAsync(id, cancellationToken) is { } json)
                fresh.Add(_packer.Pack(json));
        }

        fresh.Sort(PackedRun.Compare);
        var all = new List<PackedRun>(before.Length + fresh.Count);
        int next = 0;
        foreach (PackedRun run in before)
        {
            while (next < fresh.Count && PackedRun.Compare(fresh[next], run) < 0)
                all.Add(fresh[next++]);
            if (!changed.Contains(run.Id))
                all.Add(run);
        }

        all.AddRange(fresh[next..]);
        return [.. all];
    }
}
