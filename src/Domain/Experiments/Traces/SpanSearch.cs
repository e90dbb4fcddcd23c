using System.Text;
using System.Text.Json;
using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>
/// What a filter of traces asks of spans: all of it has to hold for one and the same span. The rest of the filter is looked at first, and
/// only of traces that it lets through are the files of spans read, one trace at a time. One search each: it knows the span that is looked at.
/// </summary>
internal sealed class SpanSearch
{
    private Span? _now;
    private bool _isKnown;

    /// <summary>Whether the filter names a span at all.</summary>
    public bool IsNeeded { get; private set; }

    /// <param name="key"><c>name</c>, <c>type</c>, <c>status</c>, <c>content</c> or <c>attributes.x</c>; null of anything else.</param>
    public SearchField<Trace>? Find(string key)
    {
        Func<Span, string?>? value = key switch
        {
            "name" => static span => span.Name,
            "type" => static span => TextOf(span, Span.TypeKey),
            "status" => static span => StatusOf(span.Status),
            "content" => static span => ContentOf(span),
            _ when key.StartsWith("attributes.", StringComparison.Ordinal) => span => TextOf(span, key["attributes.".Length..].Trim('`', '"')),
            _ => null,
        };
        if (value is null)
            return null;
        IsNeeded = true;
        return SearchField<Trace>.OfText(_ => _now is { } span ? value(span) : null, () => !_isKnown);
    }

    /// <summary>As <see cref="Holds"/> with the spans that are kept of it; and how many bytes were read for that.</summary>
    public async ValueTask<(bool Holds, long Bytes)> HoldsAsync(SpanLog spans, Trace trace, Func<Trace, bool> filter, CancellationToken cancellationToken)
    {
        (IReadOnlyList<Span>? all, long bytes) = await spans.TryReadAsync(trace, cancellationToken);
        return (Holds(trace, filter, all ?? []), bytes);
    }

    /// <summary>Whether the filter holds with one of the spans of a trace, or without any.</summary>
    public bool Holds(Trace trace, Func<Trace, bool> filter, IReadOnlyList<Span> all)
    {
        _isKnown = true;
        try
        {
            foreach (Span? span in (IEnumerable<Span?>)[null, .. all])
            {
                _now = span;
                if (filter(trace))
                    return true;
            }

            return false;
        }
        finally
        {
            (_now, _isKnown) = (null, false);
        }
    }

    /// <summary>As MLflow names it.</summary>
    public static string StatusOf(SpanStatus status) => status.ToString().ToUpperInvariant();

    /// <summary>A text as it is, anything else as JSON; null where it is missing.</summary>
    public static string? TextOf(Span span, string key) => span.Attributes.TryGetValue(key, out JsonElement value) ? TextOf(value) : null;

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    /// <summary>All that it says, a line each.</summary>
    private static string ContentOf(Span span)
    {
        var text = new StringBuilder(span.Name).Append('\n').Append(span.Message);
        foreach ((string key, JsonElement value) in span.Attributes.Concat(span.Events.SelectMany(e => e.Attributes)))
            text.Append('\n').Append(key).Append(": ").Append(TextOf(value));
        foreach (SpanEvent happened in span.Events)
            text.Append('\n').Append(happened.Name);
        return text.ToString();
    }
}
