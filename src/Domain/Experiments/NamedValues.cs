using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Values that are looked up by hash and listed in ordinal order of their names: a run is changed at many names at once, and listed when it
/// is written. Names are sorted only when there are others than before.
/// </summary>
internal sealed class NamedValues<T> : IReadOnlyCollection<KeyValuePair<string, T>>
{
    private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);
    private string[] _sorted = [];
    private bool _isSorted = true;

    public int Count => _values.Count;

    public T this[string name]
    {
        set => At(name, out _) = value;
    }

    /// <summary>The place of a name's value, made with the default when it is new; valid until the next name comes.</summary>
    public ref T? At(string name, out bool isKnown)
    {
        ref T? value = ref CollectionsMarshal.GetValueRefOrAddDefault(_values, name, out isKnown);
        _isSorted &= isKnown;
        return ref value;
    }

    public bool TryGet(string name, [MaybeNullWhen(false)] out T value) => _values.TryGetValue(name, out value);

    public void Clear()
    {
        _values.Clear();
        _isSorted = false;
    }

    public IEnumerator<KeyValuePair<string, T>> GetEnumerator()
    {
        foreach (string name in Names())
            yield return KeyValuePair.Create(name, _values[name]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private string[] Names()
    {
        // The same come again, as those of each step of a training do.
        if (!_isSorted && !(_sorted.Length == _values.Count && Array.TrueForAll(_sorted, _values.ContainsKey)))
        {
            _sorted = [.. _values.Keys];
            Array.Sort(_sorted, StringComparer.Ordinal);
        }

        _isSorted = true;
        return _sorted;
    }
}
