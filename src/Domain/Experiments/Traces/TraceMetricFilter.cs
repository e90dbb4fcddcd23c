using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>One comparison: <c>trace.status</c>, <c>trace.tag.k</c>, <c>trace.metadata.k</c>, <c>span.name|status|type</c> or <c>assessment.name|type</c> with <c>=</c> and a text.</summary>
/// <param name="Key">Of a tag or of metadata.</param>
internal sealed record TraceMetricFilter(string View, string Entity, string? Key, string Value)
{
    public const string OfTrace = "trace";

    private static readonly (string View, string Entity, bool HasKey)[] All =
    [
        (OfTrace, "status", false), (OfTrace, "tag", true), (OfTrace, "metadata", true),
        ("span", "name", false), ("span", "status", false), ("span", "type", false),
        ("assessment", "name", false), ("assessment", "type", false),
    ];

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>.</exception>
    public static TraceMetricFilter Parse(string text, TraceMetricView view)
    {
        List<FilterToken> tokens = FilterLexer.Tokens(text);
        string[] name = tokens[0].Kind == FilterTokenKind.Word ? tokens[0].Text.Split('.', 3) : [];
        int at = 1;
        // A key in quotes.
        if (name.Length == 2 && tokens.Count > 2 && tokens[1].IsSign(".") && tokens[2].Kind is FilterTokenKind.Name or FilterTokenKind.Text)
        {
            name = [.. name, tokens[2].Text];
            at = 3;
        }

        var known = Array.Find(All, f => name.Length > 1 && f.View == name[0] && f.Entity == name[1] && f.HasKey == name.Length > 2);
        if (known.View is null)
            throw FilterError.At(text, 0, $"expected {string.Join(", ", All.Select(f => f.HasKey ? $"{f.View}.{f.Entity}.<key>" : $"{f.View}.{f.Entity}"))}");
        if (tokens.Count != at + 3 || !tokens[at].IsSign("=") || tokens[at + 1].Kind != FilterTokenKind.Text)
            throw FilterError.At(text, tokens[Math.Min(at, tokens.Count - 1)].At, "expected = and a text in quotes, and nothing behind it");
        if (known.View != OfTrace && !view.ToString().StartsWith(known.View, StringComparison.OrdinalIgnoreCase))
            throw FilterError.At(text, 0, $"Filtering by {known.View} is only supported for {known.View.ToUpperInvariant()}S view type, got {view.ToString().ToUpperInvariant()}");
        return new(known.View, known.Entity, known.HasKey ? name[2] : null, tokens[at + 1].Text);
    }

    /// <summary>Whether it holds of a trace, or is none of a trace's.</summary>
    public bool Holds(Trace trace) => View != OfTrace || Value == Entity switch
    {
        "status" => TraceFields.StateOf(trace.State),
        "tag" => Key == Trace.LocationTag ? ArtifactUris.OfTrace(trace) : trace.Tags.GetValueOrDefault(Key!),
        _ => trace.Metadata.GetValueOrDefault(Key!),
    };
}
