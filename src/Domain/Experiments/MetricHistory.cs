using System.Collections;
using System.Runtime.InteropServices;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Every point of a metric once, in order of (step, time, value). A history may have millions: each point is made when it is asked for.
/// </summary>
public sealed class MetricHistory : IReadOnlyList<MetricPoint>
{
    private readonly string _metric;
    private readonly List<LatestMetric> _points;

    /// <param name="points">In order, and changed no more.</param>
    internal MetricHistory(string metric, List<LatestMetric> points) => (_metric, _points) = (metric, points);

    public int Count => _points.Count;

    internal ReadOnlySpan<LatestMetric> Points => CollectionsMarshal.AsSpan(_points);

    public MetricPoint this[int index] => _points[index].ToPoint(_metric);

    /// <summary>The same in order of (time, step, value), as MLflow orders them.</summary>
    public MetricHistory InTime()
    {
        if (IsInTime())
            return this;
        List<LatestMetric> points = [.. _points];
        points.Sort((a, b) => a.T != b.T ? a.T.CompareTo(b.T) : a.CompareTo(b));
        return new(_metric, points);
    }

    /// <summary>Those at steps that are kept.</summary>
    /// <param name="steps">Ascending, each once.</param>
    internal IReadOnlyList<MetricPoint> At(ReadOnlySpan<long> steps)
    {
        var kept = new List<MetricPoint>();
        int next = 0;
        foreach (LatestMetric point in Points)
        {
            while (next < steps.Length && steps[next] < point.S)
                next++;
            if (next == steps.Length)
                break;
            if (steps[next] == point.S)
                kept.Add(point.ToPoint(_metric));
        }

        return kept;
    }

    public IEnumerator<MetricPoint> GetEnumerator()
    {
        foreach (LatestMetric point in _points)
            yield return point.ToPoint(_metric);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As it is where time and steps go on together.</summary>
    private bool IsInTime()
    {
        for (int i = 1; i < _points.Count; i++)
        {
            if (_points[i - 1].T > _points[i].T)
                return false;
        }

        return true;
    }
}
