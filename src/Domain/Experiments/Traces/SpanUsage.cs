using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>
/// What language models took and gave in the steps of a trace, as its spans tell it: kept by span, so that one that is sent twice, or again
/// when it has ended, counts once, and summed in the metadata unless the client said there itself what it was.
/// </summary>
internal static class SpanUsage
{
    /// <summary>Spans that are summed, those that came first: what is known of each takes some 100 bytes of the trace's document.</summary>
    public const int MaxSpans = 1_000;

    /// <summary>Attribute: a JSON object by <see cref="TokenNames"/>.</summary>
    private const string TokensKey = "mlflow.chat.tokenUsage";

    private const string Total = "total_tokens";

    private static readonly string[] TokenNames = ["input_tokens", "output_tokens", Total, "cache_read_input_tokens", "cache_creation_input_tokens"];

    /// <summary>In US dollars.</summary>
    private static readonly string[] CostNames = ["input_cost", "output_cost", "total_cost"];

    /// <summary>How other exporters name tokens, in the order of <see cref="TokenNames"/>: OpenInference, OpenTelemetry (gen-ai), Traceloop, VoltAgent. The first that says any stands.</summary>
    private static readonly string[][] Conventions =
    [
        ["llm.token_count.prompt", "llm.token_count.completion", "llm.token_count.total"],
        ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "", "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens"],
        ["gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens", "llm.usage.total_tokens"],
        ["usage.prompt_tokens", "usage.completion_tokens", "usage.total_tokens"],
        ["llm.usage.prompt_tokens", "llm.usage.completion_tokens", "llm.usage.total_tokens"],
    ];

    /// <summary>The trace with what the spans say added to <see cref="Trace.Usage"/> and to its metadata.</summary>
    public static Trace Noted(Trace trace, IReadOnlyList<Span> spans)
    {
        Dictionary<string, IReadOnlyDictionary<string, double>>? all = null;
        foreach (Span span in spans)
        {
            Dictionary<string, double> told = Of(span);
            if (told.Count == 0)
                continue;
            all ??= trace.Usage.ToDictionary(StringComparer.Ordinal);
            if (all.Count < MaxSpans || all.ContainsKey(span.Id))
                all[span.Id] = Greatest(all.GetValueOrDefault(span.Id), told);
        }

        if (all is null)
            return trace;
        IReadOnlyDictionary<string, string> metadata = trace.Metadata;
        foreach ((string key, string[] names) in (ReadOnlySpan<(string, string[])>)[(Trace.TokensKey, TokenNames), (Trace.CostKey, CostNames)])
        {
            // What stands there and is not our own sum its client said.
            if (SumOf(all, names) is { } sum && (!metadata.TryGetValue(key, out string? known) || known == SumOf(trace.Usage, names)))
                metadata = Texts.Merged(metadata, new Dictionary<string, string> { [key] = sum });
        }

        return trace with { Usage = all, Metadata = metadata };
    }

    /// <summary>Of what was told of a step more than once: it only grows until the step ends.</summary>
    private static Dictionary<string, double> Greatest(IReadOnlyDictionary<string, double>? before, Dictionary<string, double> told)
    {
        foreach ((string name, double value) in before ?? new Dictionary<string, double>())
            told[name] = Math.Max(value, told.GetValueOrDefault(name));
        return told;
    }

    private static Dictionary<string, double> Of(Span span)
    {
        var told = new Dictionary<string, double>(StringComparer.Ordinal);
        if (!span.Attributes.TryGetValue(TokensKey, out JsonElement usage))
            AddByConvention(told, span);
        else if (TraceMetrics.Fields(usage) is { } tokens)
            Add(told, tokens, TokenNames);
        if (span.Attributes.TryGetValue(SpanFacts.CostKey, out JsonElement cost) && TraceMetrics.Fields(cost) is { } costs)
            Add(told, costs, CostNames);
        return told;
    }

    private static void Add(Dictionary<string, double> told, JsonElement fields, string[] names)
    {
        foreach (string name in names)
        {
            if (fields.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 0 and < double.PositiveInfinity and var number)
                told[name] = number;
        }
    }

    private static void AddByConvention(Dictionary<string, double> told, Span span)
    {
        foreach (string[] convention in Conventions)
        {
            for (int i = 0; i < convention.Length; i++)
            {
                if (span.Attributes.TryGetValue(convention[i], out JsonElement value) && WholeOf(value) is { } count)
                    told[TokenNames[i]] = count;
            }

            if (told.Count == 0)
                continue;
            if (!told.ContainsKey(Total) && told.TryGetValue(TokenNames[0], out double input) && told.TryGetValue(TokenNames[1], out double output))
                told[Total] = input + output;
            return;
        }
    }

    /// <summary>Also a text of digits, in quotes of its own or not; null for anything else.</summary>
    private static double? WholeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out long number) && number >= 0 => number,
        JsonValueKind.String when long.TryParse(value.GetString()!.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out long number) => number,
        _ => null,
    };

    /// <summary>As its clients write it; null where no span says any of it.</summary>
    private static string? SumOf(IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> usage, string[] names)
    {
        var text = new StringBuilder();
        foreach (string name in names)
        {
            // Of costs all are told where one is, as clients write them.
            if (!usage.Values.Any(u => u.ContainsKey(name)) && (names != CostNames || !usage.Values.Any(u => CostNames.Any(u.ContainsKey))))
                continue;
            double sum = usage.OrderBy(u => u.Key, StringComparer.Ordinal).Sum(u => u.Value.GetValueOrDefault(name));
            string number = sum.ToString("R", CultureInfo.InvariantCulture);
            // A cost is a float for them, also a whole one.
            text.Append(text.Length == 0 ? "{" : ", ").Append('"').Append(name).Append("\": ").Append(number).Append(names == CostNames && number.All(char.IsAsciiDigit) ? ".0" : "");
        }

        return text.Length == 0 ? null : text.Append('}').ToString();
    }
}
