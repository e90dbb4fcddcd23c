using System.Collections.Concurrent;

namespace MlOps.Domain.Serving;

/// <summary>
/// Stored state that requests act on, by model. It is cached and read again when it is a second old; a request never acts on one older
/// than 5 s while the store answers. While the store is away the last known one stays in force: serving goes on, and nobody could have
/// changed it.
/// </summary>
/// <param name="read">Null where there is none, which is not cached.</param>
/// <param name="revision">Never goes back: of two readings the older one is dropped.</param>
/// <param name="kept">Told when a reading failed.</param>
internal sealed class FollowedState<T>(
    Func<string, CancellationToken, Task<T?>> read, Func<T, long> revision, Action<string, T, Exception> kept, TimeProvider time)
    where T : class
{
    /// <summary>Past this age a request has the state read again in the background.</summary>
    internal static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(1);

    /// <summary>Past this age a request waits for the reading.</summary>
    internal static readonly TimeSpan WaitAfter = TimeSpan.FromSeconds(3);

    /// <summary>So long a request waits at most; with <see cref="WaitAfter"/> this keeps the promise of 5 s.</summary>
    internal static readonly TimeSpan WaitAtMost = TimeSpan.FromSeconds(1.5);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The state as it was last seen, or null when it never was. Reads nothing.</summary>
    public T? Known(string model) => _entries.TryGetValue(model, out Entry? entry) ? entry.State : null;

    /// <summary>The state where it was read less than <see cref="RefreshAfter"/> before; else null.</summary>
    public T? Young(string model, long now) =>
        _entries.TryGetValue(model, out Entry? entry) && time.GetElapsedTime(entry.ReadAt, now) < RefreshAfter ? entry.State : null;

    public ValueTask<T?> GetAsync(string model, CancellationToken cancellationToken)
    {
        if (!_entries.TryGetValue(model, out Entry? entry))
            return new(LoadAsync(model, cancellationToken));
        TimeSpan age = time.GetElapsedTime(entry.ReadAt);
        return age < RefreshAfter ? new(entry.State) : Old(model, entry, age, cancellationToken);
    }

    /// <summary>The state as it is now; the last known one while the store is away.</summary>
    public async Task<T?> ReadAsync(string model, CancellationToken cancellationToken)
    {
        if (!_entries.TryGetValue(model, out Entry? entry))
            return await LoadAsync(model, cancellationToken);
        await entry.RefreshOnce(() => RefreshAsync(model, entry)).WaitAsync(cancellationToken);
        return _entries[model].State;
    }

    // By itself, since what the refresh captures is allocated where its method begins.
    private ValueTask<T?> Old(string model, Entry entry, TimeSpan age, CancellationToken cancellationToken)
    {
        Task refresh = entry.RefreshOnce(() => RefreshAsync(model, entry));
        return age < WaitAfter ? new(entry.State) : new(AfterAsync(refresh, model, entry, cancellationToken));
    }

    private async Task<T?> LoadAsync(string model, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        return await read(model, cancellationToken) is { } state ? Keep(model, new Entry(state, started)).State : null;
    }

    private async Task RefreshAsync(string model, Entry old)
    {
        // The timestamp is of before the reading: what is read is at least as new as that.
        long started = time.GetTimestamp();
        try
        {
            using var limit = new CancellationTokenSource(WaitAtMost, time);
            if (await read(model, limit.Token) is { } state)
                Keep(model, new Entry(state, started));
        }
        catch (Exception e)
        {
            kept(model, old.State, e);
        }
        finally
        {
            old.AllowRefresh();
        }
    }

    private async Task<T?> AfterAsync(Task refresh, string model, Entry old, CancellationToken cancellationToken)
    {
        try
        {
            await refresh.WaitAsync(WaitAtMost, time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            kept(model, old.State, e);
        }

        return _entries[model].State;
    }

    private Entry Keep(string model, Entry read) =>
        _entries.AddOrUpdate(model, read, (_, known) => revision(known.State) > revision(read.State) ? known : read);

    private sealed class Entry(T state, long readAt)
    {
        private readonly Lock _gate = new();
        private Task? _refresh;

        public T State => state;

        public long ReadAt => readAt;

        public Task RefreshOnce(Func<Task> refresh)
        {
            lock (_gate)
                return _refresh ??= Task.Run(refresh);
        }

        public void AllowRefresh()
        {
            lock (_gate)
                _refresh = null;
        }
    }
}
