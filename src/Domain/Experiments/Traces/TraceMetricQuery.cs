using System.Globalization;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>What a metric of traces is one of, in the numbers of MLflow's API.</summary>
public enum TraceMetricView
{
    Traces = 1,
    Spans = 2,
    Assessments = 3,
}

/// <summary>How values become one, in the numbers of MLflow's API.</summary>
public enum TraceAggregationKind
{
    Count = 1,
    Sum = 2,
    Avg = 3,
    Percentile = 4,
    Min = 5,
    Max = 6,
}

/// <param name="Percentile">0 to 100 of a percentile, of which values between two are interpolated; null otherwise.</param>
public sealed record TraceAggregation(TraceAggregationKind Kind, double? Percentile = null)
{
    /// <summary>As MLflow's clients know it: <c>AVG</c>, <c>P99.9</c>.</summary>
    public string Name => Percentile is not { } at ? Kind.ToString().ToUpperInvariant()
        : at == Math.Floor(at) ? string.Create(CultureInfo.InvariantCulture, $"P{at:0}.0") : string.Create(CultureInfo.InvariantCulture, $"P{at}");
}

/// <summary>How many traces, spans or assessments there are and how long, large or good they are, by what they are grouped by.</summary>
/// <param name="ExperimentIds">Those that do not exist or are deleted have no traces; none for all.</param>
/// <param name="Metric">Of traces <c>trace_count</c>, <c>latency</c> (milliseconds) and tokens; of spans <c>span_count</c>, <c>latency</c> and costs; of assessments <c>assessment_count</c> and <c>assessment_value</c>.</param>
public sealed record TraceMetricQuery(IReadOnlyList<string> ExperimentIds, TraceMetricView View, string Metric, IReadOnlyList<TraceAggregation> Aggregations)
{
    /// <summary>Values of these make a group each; what has none of one is in no group.</summary>
    public IReadOnlyList<string> Dimensions { get; init; } = [];

    /// <summary>All hold; each is one comparison, such as <c>trace.status = 'OK'</c>.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>Seconds of a group in time, which is a group's first dimension; null for none.</summary>
    public long? IntervalSeconds { get; init; }

    /// <summary>Unix milliseconds of the start of the first traces, and of the last; null for no bound.</summary>
    public long? From { get; init; }

    /// <inheritdoc cref="From"/>
    public long? Until { get; init; }

    /// <summary>Groups, in order of their dimensions. Default 1,000.</summary>
    public int Limit { get; init; } = 1_000;
}

/// <summary>A group.</summary>
/// <param name="Dimensions">Its values of them; <c>time_bucket</c> is when it begins, as ISO 8601 has it.</param>
/// <param name="Values">By the names of the aggregations, those of which there is one.</param>
public sealed record TraceMetricPoint(IReadOnlyDictionary<string, string> Dimensions, IReadOnlyDictionary<string, double> Values);
