using System.Globalization;
using System.Text.Json;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>
/// Metrics of traces, as charts ask for them. All traces of the experiments are looked through; of spans, the files of those that are in the
/// time and that the filters let through, one trace at a time. Spans that are a file of their client's are not counted, as MLflow's server does not.
/// </summary>
public sealed class TraceMetrics
{
    private readonly ExperimentCatalog _catalog;
    private readonly DocumentTable<Trace> _table;
    private readonly SpanFacts _spans;

    internal TraceMetrics(ExperimentCatalog catalog, DocumentTable<Trace> table, SpanLog spans) => (_catalog, _table, _spans) = (catalog, table, new SpanFacts(spans));

    /// <exception cref="MlOpsException">Invalid <c>trace-metric</c>, <c>filter-invalid</c>; TooLarge <c>trace-metric-groups</c>.</exception>
    public async Task<IReadOnlyList<TraceMetricPoint>> QueryAsync(TraceMetricQuery query, CancellationToken cancellationToken)
    {
        TraceMetricRules.Check(query);
        TraceMetricFilter[] filters = [.. query.Filters.Select(f => TraceMetricFilter.Parse(f, query.View))];
        var groups = new TraceMetricGroups(query);
        foreach (string experimentId in await ExperimentsAsync(query, cancellationToken))
        {
            await foreach (DocumentRow<Trace> row in _table.ListAsync(experimentId, null, cancellationToken))
            {
                long start = row.Value.StartedAt.ToUnixTimeMilliseconds();
                if (!(start < query.From) && !(start > query.Until) && Array.TrueForAll(filters, f => f.Holds(row.Value)))
                    await AddAsync(groups, query, filters, row, cancellationToken);
            }
        }

        return groups.Points();
    }

    private async Task<IReadOnlyList<string>> ExperimentsAsync(TraceMetricQuery query, CancellationToken cancellationToken) => query.ExperimentIds.Count > 0
        ? await _catalog.ActiveIdsAsync(query.ExperimentIds, cancellationToken)
        : [.. (await _catalog.ListAsync(cancellationToken)).Where(e => e.DeletedAt is null).Select(e => e.Id)];

    private async Task AddAsync(TraceMetricGroups groups, TraceMetricQuery query, TraceMetricFilter[] filters, DocumentRow<Trace> row, CancellationToken cancellationToken)
    {
        if (query.View == TraceMetricView.Traces)
        {
            Add(groups, query, row.Value);
        }
        else if (query.View == TraceMetricView.Assessments)
        {
            foreach (Assessment assessment in row.Value.Assessments.Where(a => Array.TrueForAll(filters, f => Holds(f, a))))
                Add(groups, query, assessment);
        }
        else
        {
            foreach (SpanFact span in (await _spans.OfAsync(row, cancellationToken)).Where(s => Array.TrueForAll(filters, f => Holds(f, s))))
                Add(groups, query, span);
        }
    }

    private static void Add(TraceMetricGroups groups, TraceMetricQuery query, Trace trace)
    {
        double? value = query.Metric switch
        {
            "trace_count" => 1,
            "latency" => trace.Milliseconds,
            _ => Number(trace.Metadata.GetValueOrDefault(Trace.TokensKey), query.Metric),
        };
        // What has no tokens is in no group of them, also not in one of nothing.
        if (value is null && query.Metric != "latency")
            return;
        groups.Add(trace.StartedAt.ToUnixTimeMilliseconds(), value, dimension => dimension == "trace_name" ? trace.Tags.GetValueOrDefault(Trace.NameTag) : TraceFields.StateOf(trace.State));
    }

    private static void Add(TraceMetricGroups groups, TraceMetricQuery query, SpanFact span)
    {
        double? value = query.Metric switch
        {
            "span_count" => 1,
            "latency" => span.EndNanos > 0 ? Math.Floor((span.EndNanos - span.StartNanos) / 1e6) : null,
            _ => span.Costs?.TryGetValue(query.Metric, out double cost) == true ? cost : null,
        };
        if (value is null && query.Metric != "latency")
            return;
        groups.Add(span.StartNanos / 1e6, value, dimension => dimension switch
        {
            "span_name" => span.Name,
            "span_type" => span.Type,
            "span_status" => SpanSearch.StatusOf(span.Status),
            "span_model_name" => span.Model,
            _ => span.Provider,
        });
    }

    private static void Add(TraceMetricGroups groups, TraceMetricQuery query, Assessment assessment)
    {
        string? value = assessment.ValueJson();
        groups.Add(
            assessment.CreatedAt.ToUnixTimeMilliseconds(), query.Metric == "assessment_count" ? 1 : Rating(value), dimension => dimension == "assessment_name" ? assessment.Name : value);
    }

    private static bool Holds(TraceMetricFilter filter, SpanFact span) => filter.View == TraceMetricFilter.OfTrace || filter.Value == filter.Entity switch
    {
        "name" => span.Name,
        "status" => SpanSearch.StatusOf(span.Status),
        _ => span.Type,
    };

    private static bool Holds(TraceMetricFilter filter, Assessment assessment) => filter.View == TraceMetricFilter.OfTrace
        || filter.Value == (filter.Entity == "name" ? assessment.Name : assessment.Kind);

    /// <summary>Yes and true are 1, no and false 0; other texts are no number.</summary>
    private static double? Rating(string? json) => json switch
    {
        "true" or "\"yes\"" => 1,
        "false" or "\"no\"" => 0,
        not null when double.TryParse(json, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => null,
    };

    private static double? Number(string? json, string name) =>
        Fields(json) is { } fields && fields.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    /// <summary>An object, which clients may have written as a text; null for anything else.</summary>
    internal static JsonElement? Fields(JsonElement written) => written.ValueKind switch
    {
        JsonValueKind.String => Fields(written.GetString()),
        JsonValueKind.Object => written,
        _ => null,
    };

    private static JsonElement? Fields(string? json)
    {
        try
        {
            return json is null ? null : Fields(WholeText.Element(json));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
