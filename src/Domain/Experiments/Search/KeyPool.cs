namespace MlOps.Domain.Experiments.Search;

/// <summary>Numbers for the names of metrics, params and tags, and one copy of each text that recurs. Thread-safe.</summary>
internal sealed class KeyPool
{
    /// <summary>Longer texts seldom recur.</summary>
    private const int SharedChars = 64;
    private const int MaxShared = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _keySpans;

    public KeyPool() => _keySpans = _keys.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The number of a name; a new one when it has none.</summary>
    public int Number(ReadOnlySpan<char> name)
    {
        lock (_lock)
        {
            if (!_keySpans.TryGetValue(name, out int number))
                _keys[name.ToString()] = number = _keys.Count;
            return number;
        }
    }

    /// <summary>-1 when no run has such a key.</summary>
    public int Find(string name)
    {
        lock (_lock)
            return _keys.GetValueOrDefault(name, -1);
    }

    public string Share(string text)
    {
        if (text.Length > SharedChars)
            return text;
        lock (_lock)
        {
            if (_shared.TryGetValue(text, out string? known))
                return known;
            if (_shared.Count < MaxShared)
                _shared.Add(text);
            return text;
        }
    }
}
