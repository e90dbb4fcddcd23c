using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace MlOps.Domain.Experiments;

/// <summary>The values of points by name, without a table of their own.</summary>
/// <param name="points">In ordinal order of the name, each name once.</param>
internal sealed class MetricValues(MetricPoint[] points) : IReadOnlyDictionary<string, double>
{
    public int Count => points.Length;

    public IEnumerable<string> Keys => points.Select(p => p.Name);

    public IEnumerable<double> Values => points.Select(p => p.Value);

    public double this[string key] => TryGetValue(key, out double value) ? value : throw new KeyNotFoundException($"there is no metric '{key}'");

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out double value)
    {
        (int low, int high) = (0, points.Length - 1);
        while (low <= high)
        {
            int middle = low + ((high - low) >> 1);
            int order = string.CompareOrdinal(points[middle].Name, key);
            if (order == 0)
            {
                value = points[middle].Value;
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        value = 0;
        return false;
    }

    public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => points.Select(p => KeyValuePair.Create(p.Name, p.Value)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
