using MlOps.Learning.Tables;

namespace MlOps.Domain.Datasets;

/// <summary>The tables that were used last, within a budget of values, so that a pipeline's steps parse a version once.</summary>
internal sealed class TableCache
{
    /// <summary>About 400 MB of numbers.</summary>
    private const long MaxValues = 50_000_000;

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Key, long Values, Table Table)> _recent = new();
    private readonly Dictionary<string, Task<Table>> _loading = [];

    /// <summary>The table of the key; several callers at once share one load, which goes on when one of them gives up.</summary>
    public async Task<Table> GetAsync(string key, Func<Task<Table>> load, CancellationToken cancellationToken)
    {
        Task<Table> loading;
        lock (_lock)
        {
            if (FindRecent(key) is { } table)
                return table;
            if (!_loading.TryGetValue(key, out loading!))
                _loading[key] = loading = LoadAsync(key, load);
        }

        return await loading.WaitAsync(cancellationToken);
    }

    private async Task<Table> LoadAsync(string key, Func<Task<Table>> load)
    {
        // Out of the lock that the caller holds.
        await Task.Yield();
        try
        {
            Table table = await load();
            Keep(key, table);
            return table;
        }
        finally
        {
            lock (_lock)
                _loading.Remove(key);
        }
    }

    private Table? FindRecent(string key)
    {
        for (LinkedListNode<(string Key, long Values, Table Table)>? node = _recent.First; node is not null; node = node.Next)
        {
            if (node.Value.Key != key)
                continue;
            _recent.Remove(node);
            _recent.AddFirst(node);
            return node.Value.Table;
        }

        return null;
    }

    private void Keep(string key, Table table)
    {
        lock (_lock)
        {
            _recent.AddFirst((key, (long)table.RowCount * table.Columns.Count, table));
            while (_recent.Count > 0 && _recent.Sum(r => r.Values) > MaxValues)
                _recent.RemoveLast();
        }
    }
}
