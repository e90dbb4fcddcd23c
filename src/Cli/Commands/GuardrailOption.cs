using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using MlOps.Domain.Rollout;

namespace MlOps.Cli.Commands;

/// <summary>Guardrails on the command line: `METRIC=MAX`, then `:soft` or `:hard` and `:SAMPLES` where wanted.</summary>
internal static class GuardrailOption
{
    private const string Syntax = "METRIC=MAX[:soft|:hard][:SAMPLES] such as accuracy=0.02, latencyP95=1.5:soft or brierScore=0.01:hard:500";

    /// <summary>One an occurrence; a problem is told with what is allowed.</summary>
    public static Guardrail[] Parse(ArgumentResult result)
    {
        var guardrails = new List<Guardrail>();
        foreach (Token token in result.Tokens)
        {
            if (Read(token.Value) is { } guardrail)
                guardrails.Add(guardrail);
            else
                result.AddError($"--guardrail '{token.Value}' is not allowed: {Syntax}; the metrics are {string.Join(", ", Enum.GetNames<RolloutMetric>().Select(JsonNamingPolicy.CamelCase.ConvertName))}");
        }

        return [.. guardrails];
    }

    private static Guardrail? Read(string text)
    {
        string[] sides = text.Split('=', 2), limits = sides[^1].Split(':');
        if (sides.Length < 2 || OptionValue.ChoiceOf<RolloutMetric>(sides[0]) is not { } metric || !double.TryParse(limits[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double max) || !double.IsFinite(max))
            return null;
        var guardrail = new Guardrail(metric, max);
        foreach (string limit in limits[1..])
        {
            if (OptionValue.ChoiceOf<GuardrailLevel>(limit) is { } level)
                guardrail = guardrail with { Level = level };
            else if (long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out long samples) && samples > 0)
                guardrail = guardrail with { MinSamples = samples };
            else
                return null;
        }

        return limits.Length <= 3 ? guardrail : null;
    }
}
