using System.Collections.Concurrent;
using System.Text.Json;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>What metrics need of a span.</summary>
/// <param name="Costs">In US dollars, by name; null for none.</param>
internal sealed record SpanFact(string Name, SpanStatus Status, string? Type, string? Model, string? Provider, long StartNanos, long EndNanos, IReadOnlyDictionary<string, double>? Costs);

/// <summary>
/// What metrics need of the spans of traces that were asked for lately: a page of charts asks for the same many times over. Spans that come
/// write their trace's document after their file, so that under one ETag no fewer are known than were told when it was written. Any thread.
/// </summary>
internal sealed class SpanFacts(SpanLog spans)
{
    private const string ModelKey = "mlflow.llm.model";
    private const string ProviderKey = "mlflow.llm.provider";

    /// <summary>Attribute of a span: an object of <c>input_cost</c>, <c>output_cost</c>, <c>total_cost</c>.</summary>
    internal const string CostKey = "mlflow.llm.cost";

    /// <summary>Of all traces together, a trace and each 200 characters of long texts counted as one: some 20 MB.</summary>
    private const int MaxFacts = 100_000;

    private readonly ConcurrentDictionary<string, (string ETag, SpanFact[] Facts)> _known = new(StringComparer.Ordinal);

    // Texts recur from span to span: one copy of each that is kept.
    private readonly ConcurrentDictionary<string, string> _texts = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>None of a trace whose spans are a file of its client's, or cannot be read.</summary>
    public async Task<IReadOnlyList<SpanFact>> OfAsync(DocumentRow<Trace> row, CancellationToken cancellationToken)
    {
        if (!SpanLog.HasSpans(row.Value))
            return [];
        if (_known.TryGetValue(row.Id, out (string ETag, SpanFact[] Facts) known) && known.ETag == row.ETag)
            return known.Facts;
        SpanFact[] facts = [.. ((await spans.TryReadAsync(row.Value, cancellationToken)).Spans ?? []).Select(Of)];
        int weight = 1 + facts.Sum(f => 1 + ((f.Name.Length + (f.Type?.Length ?? 0) + (f.Model?.Length ?? 0) + (f.Provider?.Length ?? 0)) / 200));
        if (Interlocked.Add(ref _count, weight) > MaxFacts)
        {
            _known.Clear();
            _texts.Clear();
            Interlocked.Exchange(ref _count, weight);
        }

        _known[row.Id] = (row.ETag, facts);
        return facts;
    }

    private SpanFact Of(Span span) => new(
        Shared(span.Name)!, span.Status, Shared(Text(span, Span.TypeKey)), Shared(Unquoted(Text(span, ModelKey))), Shared(Unquoted(Text(span, ProviderKey))), span.StartNanos, span.EndNanos, CostsOf(span));

    private string? Shared(string? text) => text is null ? null : _texts.GetOrAdd(text, text);

    private static string? Text(Span span, string key) =>
        span.Attributes.TryGetValue(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // Other exporters of MLflow's spans write texts as JSON.
    private static string? Unquoted(string? text) => text is ['"', .. var inner, '"'] && !inner.AsSpan().ContainsAny('"', '\\') ? inner : text;

    private static Dictionary<string, double>? CostsOf(Span span)
    {
        if (!span.Attributes.TryGetValue(CostKey, out JsonElement costs) || TraceMetrics.Fields(costs) is not { } fields)
            return null;
        return fields.EnumerateObject().Where(f => f.Value.ValueKind == JsonValueKind.Number).DistinctBy(f => f.Name).Take(10).ToDictionary(f => f.Name, f => f.Value.GetDouble(), StringComparer.Ordinal);
    }
}
