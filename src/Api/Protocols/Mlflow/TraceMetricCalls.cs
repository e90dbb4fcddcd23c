using MlOps.Api.Http;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>POST /mlflow/traces/metrics</c> answers: the charts of MLflow's UI, and <c>query_trace_metrics</c> of its clients from 3.9 on.</summary>
internal sealed class TraceMetricCalls(TraceMetrics metrics)
{
    private static readonly Dictionary<string, int> Views = Numbers<TraceMetricView>();
    private static readonly Dictionary<string, int> Kinds = Numbers<TraceAggregationKind>();

    public async Task QueryAsync(ApiCall call, MlflowFields fields)
    {
        TraceMetricQuery query = Read(fields);
        IReadOnlyList<TraceMetricPoint> points = await metrics.QueryAsync(query, call.Aborted);
        await MlflowCall.PageAsync(call, "data_points", points, (json, point) =>
        {
            json.WriteStartObject();
            json.WriteString("metric_name"u8, query.Metric);
            TraceJson.Map(json, "dimensions"u8, point.Dimensions);
            json.WriteStartObject("values"u8);
            foreach ((string name, double value) in point.Values)
                json.WriteNumber(name, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }, null);
    }

    private static TraceMetricQuery Read(MlflowFields fields)
    {
        if (fields.Element("experiment_ids") is null)
            throw fields.Missing("experiment_ids");
        var query = new TraceMetricQuery(
            fields.Texts("experiment_ids"),
            (TraceMetricView)(fields.Choice("view_type", Views) ?? throw fields.Missing("view_type")),
            fields.RequiredText("metric_name"),
            [.. fields.Objects("aggregations").Select(Aggregation)])
        {
            Dimensions = fields.Texts("dimensions"),
            Filters = fields.Texts("filters"),
            IntervalSeconds = fields.Integer("time_interval_seconds") is not 0 and var seconds ? seconds : null,
            From = fields.Integer("start_time_ms"),
            Until = fields.Integer("end_time_ms"),
        };
        return fields.Integer("max_results", 0, int.MaxValue) is { } most ? query with { Limit = most } : query;
    }

    private static TraceAggregation Aggregation(MlflowFields fields) => new(
        (TraceAggregationKind)(fields.Choice("aggregation_type", Kinds) ?? throw fields.Missing("aggregation_type")),
        fields.Element("percentile_value") is null ? null : fields.RequiredNumber("percentile_value"));

    private static Dictionary<string, int> Numbers<T>()
        where T : struct, Enum => Enum.GetValues<T>().ToDictionary(v => v.ToString().ToUpperInvariant(), v => Convert.ToInt32(v, System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
