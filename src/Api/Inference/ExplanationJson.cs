using System.Text.Json;
using MlOps.Domain.Serving.Explanations;

namespace MlOps.Api.Inference;

/// <summary><c>{"class"?, "base", "contributions": {feature: value}, "other"?}</c>: why a row was scored as it was.</summary>
internal static class ExplanationJson
{
    public static void Write(Utf8JsonWriter json, RowExplanation explanation)
    {
        json.WriteStartObject();
        if (explanation.Class is { } name)
            json.WriteString("class", name);
        WriteNumber(json, "base", explanation.Base);
        json.WriteStartObject("contributions");
        foreach (FeatureContribution contribution in explanation.Contributions)
            WriteNumber(json, contribution.Feature, contribution.Value);
        json.WriteEndObject();
        if (explanation.Other is { } other)
            WriteNumber(json, "other", other);
        json.WriteEndObject();
    }

    /// <summary>Values a row that an answer has.</summary>
    public static int Width(ExplainedResult answer) => 3 + Math.Min(answer.Options.TopK ?? int.MaxValue, answer.Result.Signature.Inputs.Count);

    /// <summary>A margin beyond the largest double is a probability of 1, but no JSON.</summary>
    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
