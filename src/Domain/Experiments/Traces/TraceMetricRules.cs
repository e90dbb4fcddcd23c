namespace MlOps.Domain.Experiments.Traces;

/// <summary>Which metrics there are, how each can be aggregated and grouped: the table of MLflow 3.11.</summary>
internal static class TraceMetricRules
{
    public const string TimeBucket = "time_bucket";

    private static readonly TraceAggregationKind[] Counted = [TraceAggregationKind.Count];
    private static readonly TraceAggregationKind[] Measured = [TraceAggregationKind.Avg, TraceAggregationKind.Percentile];
    private static readonly TraceAggregationKind[] Summed = [TraceAggregationKind.Sum, .. Measured];
    private static readonly string[] Named = ["trace_name"];
    private static readonly string[] ByModel = ["span_model_name", "span_model_provider"];

    private static readonly (TraceMetricView View, string Metric, TraceAggregationKind[] Kinds, string[] Dimensions)[] All =
    [
        (TraceMetricView.Traces, "trace_count", Counted, ["trace_name", "trace_status"]),
        (TraceMetricView.Traces, "latency", Measured, Named),
        (TraceMetricView.Traces, "input_tokens", Summed, Named),
        (TraceMetricView.Traces, "output_tokens", Summed, Named),
        (TraceMetricView.Traces, "total_tokens", Summed, Named),
        (TraceMetricView.Traces, "cache_read_input_tokens", Summed, Named),
        (TraceMetricView.Traces, "cache_creation_input_tokens", Summed, Named),
        (TraceMetricView.Spans, "span_count", Counted, ["span_name", "span_type", "span_status", .. ByModel]),
        (TraceMetricView.Spans, "latency", Measured, ["span_name", "span_status"]),
        (TraceMetricView.Spans, "input_cost", Summed, ByModel),
        (TraceMetricView.Spans, "output_cost", Summed, ByModel),
        (TraceMetricView.Spans, "total_cost", Summed, ByModel),
        (TraceMetricView.Assessments, "assessment_count", Counted, ["assessment_name", "assessment_value"]),
        (TraceMetricView.Assessments, "assessment_value", Measured, ["assessment_name"]),
    ];

    /// <exception cref="MlOpsException">Invalid <c>trace-metric</c>.</exception>
    public static void Check(TraceMetricQuery query)
    {
        var rule = Array.Find(All, r => r.View == query.View && r.Metric == query.Metric);
        if (rule.Metric is null)
            throw Invalid($"metric_name must be one of {Listed(All.Where(r => r.View == query.View).Select(r => r.Metric))}, got '{query.Metric}'");
        if (query.Aggregations.Count == 0)
            throw Invalid("aggregations are missing: at least one is needed");
        CheckCounts(query);
        if (query.Aggregations.Where(a => !rule.Kinds.Contains(a.Kind)).ToList() is { Count: > 0 } aggregations)
            throw Invalid($"Found invalid aggregation_type(s): {Listed(aggregations.Select(a => NameOf(a.Kind)))}. Supported aggregation types: {Listed(rule.Kinds.Select(NameOf))}");
        if (query.Dimensions.Except(rule.Dimensions).ToList() is { Count: > 0 } dimensions)
            throw Invalid($"Found invalid dimension(s): {Listed(dimensions)}. Supported dimensions: {Listed(rule.Dimensions)}");
        foreach (TraceAggregation aggregation in query.Aggregations)
            CheckPercentile(aggregation);
        if (query.IntervalSeconds is < 1 or > MaxInterval)
            throw Invalid($"time_interval_seconds is {query.IntervalSeconds}, 1 to {MaxInterval:N0} are allowed");
        if (query.IntervalSeconds is not null && (query.From is null || query.Until is null))
            throw Invalid("start_time_ms and end_time_ms are required if time_interval_seconds is set");
    }

    public static MlOpsException Invalid(string why) => MlOpsException.Invalid("trace-metric", why);

    private const int MaxParts = 20;
    private const int MaxPoints = 10_000;

    /// <summary>A thousand years.</summary>
    private const long MaxInterval = 1_000L * 366 * 86_400;

    /// <summary>Each costs time for every trace and memory for every group.</summary>
    private static void CheckCounts(TraceMetricQuery query)
    {
        if (query.Aggregations.Count > MaxParts || query.Filters.Count > MaxParts)
            throw Invalid($"there are {query.Aggregations.Count:N0} aggregations and {query.Filters.Count:N0} filters, at most {MaxParts} of each are allowed");
        if (query.Dimensions.Distinct().Count() < query.Dimensions.Count)
            throw Invalid("a dimension is named twice");
        if (query.Limit > MaxPoints)
            throw Invalid($"max_results is {query.Limit:N0}, at most {MaxPoints:N0} are allowed");
    }

    private static void CheckPercentile(TraceAggregation aggregation)
    {
        if (aggregation.Kind != TraceAggregationKind.Percentile && aggregation.Percentile is not null)
            throw Invalid($"Percentile value is only allowed for PERCENTILE aggregation type, got {NameOf(aggregation.Kind)}");
        if (aggregation.Kind == TraceAggregationKind.Percentile && aggregation.Percentile is not (>= 0 and <= 100))
            throw Invalid(aggregation.Percentile is { } at ? $"Percentile value must be between 0 and 100, got {at}" : "Percentile value is required for PERCENTILE aggregation");
    }

    private static string NameOf(TraceAggregationKind kind) => kind.ToString().ToUpperInvariant();

    private static string Listed(IEnumerable<string> names) => $"[{string.Join(", ", names.Distinct().Order(StringComparer.Ordinal).Select(n => $"'{n}'"))}]";
}
