using System.Globalization;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>Gathers values by what they are grouped by.</summary>
internal sealed class TraceMetricGroups
{
    /// <summary>More are no chart.</summary>
    public const int Most = 100_000;

    private static readonly long First = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    private readonly TraceMetricQuery _query;
    private readonly bool _keepsValues;
    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);

    public TraceMetricGroups(TraceMetricQuery query)
    {
        (_query, _keepsValues) = (query, query.Aggregations.Any(a => a.Percentile is not null));
        // What is not grouped is one group, also of nothing.
        if (query.Dimensions.Count == 0 && query.IntervalSeconds is null)
            Find(null, []);
    }

    /// <param name="time">Unix milliseconds.</param>
    /// <param name="value">Null counts for nothing, as what is not finite does.</param>
    /// <param name="dimension">The value of one, or null.</param>
    /// <exception cref="MlOpsException">TooLarge <c>trace-metric-groups</c>.</exception>
    public void Add(double time, double? value, Func<string, string?> dimension)
    {
        var dimensions = new string[_query.Dimensions.Count];
        for (int i = 0; i < dimensions.Length; i++)
        {
            if (dimension(_query.Dimensions[i]) is not { } text)
                return;
            dimensions[i] = text;
        }

        long? bucket = _query.IntervalSeconds * 1_000 is { } width ? Math.Max((long)Math.Floor(time / width) * width, First) : null;
        Group group = Find(bucket, dimensions);
        if (value is not { } number || !double.IsFinite(number))
            return;
        group.Count++;
        group.Sum += number;
        if (_keepsValues)
            group.Values.Add(number);
    }

    public IReadOnlyList<TraceMetricPoint> Points() =>
        [.. _groups.Values.Order().Select(Point).Where(p => p.Values.Count > 0).Take(_query.Limit)];

    private Group Find(long? bucket, string[] dimensions)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{bucket}/{string.Concat(dimensions.Select(d => $"{d.Length}:{d}"))}");
        if (_groups.TryGetValue(key, out Group? group))
            return group;
        if (_groups.Count == Most)
            throw MlOpsException.TooLarge("trace-metric-groups", $"there are more than {Most:N0} groups: ask for fewer dimensions, longer intervals or a shorter time");
        return _groups[key] = new Group(bucket, dimensions);
    }

    private TraceMetricPoint Point(Group group)
    {
        var dimensions = new Dictionary<string, string>(StringComparer.Ordinal);
        if (group.Bucket is { } bucket)
            dimensions[TraceMetricRules.TimeBucket] = DateTimeOffset.FromUnixTimeMilliseconds(bucket).ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);
        for (int i = 0; i < group.Dimensions.Length; i++)
            dimensions[_query.Dimensions[i]] = group.Dimensions[i];
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        group.Values.Sort();
        foreach (TraceAggregation aggregation in _query.Aggregations)
        {
            // Sums of large numbers need not be finite, and JSON has no word for that.
            if (Value(group, aggregation) is { } value && double.IsFinite(value))
                values[aggregation.Name] = value;
        }

        return new TraceMetricPoint(dimensions, values);
    }

    private static double? Value(Group group, TraceAggregation aggregation) => aggregation.Kind switch
    {
        TraceAggregationKind.Count => group.Count,
        _ when group.Count == 0 => null,
        TraceAggregationKind.Sum => group.Sum,
        TraceAggregationKind.Avg => group.Sum / group.Count,
        _ => Percentile(group.Values, aggregation.Percentile!.Value / 100),
    };

    /// <summary>Linear between two values, as numpy.quantile (Hyndman and Fan, 1996, type 7).</summary>
    private static double Percentile(List<double> sorted, double share)
    {
        double at = share * (sorted.Count - 1);
        int low = (int)at;
        return sorted[low] + ((at - low) * (sorted[Math.Min(low + 1, sorted.Count - 1)] - sorted[low]));
    }

    private sealed class Group(long? bucket, string[] dimensions) : IComparable<Group>
    {
        public long? Bucket => bucket;

        public string[] Dimensions => dimensions;

        public long Count { get; set; }

        public double Sum { get; set; }

        public List<double> Values { get; } = [];

        public int CompareTo(Group? other)
        {
            int order = Nullable.Compare(bucket, other!.Bucket);
            for (int i = 0; order == 0 && i < dimensions.Length; i++)
                order = string.CompareOrdinal(dimensions[i], other.Dimensions[i]);
            return order;
        }
    }
}
