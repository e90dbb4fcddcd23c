using System.Text.Json;

namespace MlOps.Domain.Experiments.Scorers;

/// <summary>What a scorer's text must be to be registered, as MLflow's server checks it (mlflow/genai/scorers/scorer_utils.py).</summary>
internal static class ScorerText
{
    private const string Gateway = "gateway";

    // Where each kind of scorer says its model.
    private static readonly string[] Parts = ["instructions_judge_pydantic_data", "builtin_scorer_pydantic_data", "third_party_scorer_data"];

    /// <exception cref="MlOpsException">Invalid <c>scorer-invalid</c>, <c>scorer-of-code</c>; NotFound <c>gateway-endpoint-missing</c>.</exception>
    public static void Check(string serialized)
    {
        using JsonDocument json = Parse(serialized);
        JsonElement scorer = json.RootElement;
        if (scorer.ValueKind != JsonValueKind.Object)
            throw Invalid($"the text of a scorer is {scorer.ValueKind}, expected a JSON object");
        if (scorer.TryGetProperty("call_source", out JsonElement code) && code.ValueKind != JsonValueKind.Null)
        {
            throw MlOpsException.Invalid("scorer-of-code",
                "a scorer that is a function of its own (@scorer) is not kept here, since whoever loads it would run its code: leave it with your program, or register one of make_judge or of MLflow's own");
        }

        if (ModelOf(scorer) is { ValueKind: not JsonValueKind.Null } model)
            CheckModel(model);
    }

    private static void CheckModel(JsonElement model)
    {
        if (model.ValueKind != JsonValueKind.String)
            throw Invalid($"the model of a scorer is {model.ValueKind}, expected a text such as openai:/gpt-4.1-mini");
        string uri = model.GetString()!;
        if (string.IsNullOrWhiteSpace(uri))
            throw Invalid("the model of a scorer is blank: leave it out, or name one such as openai:/gpt-4.1-mini");
        if (EndpointOf(uri) is { } endpoint)
        {
            throw MlOpsException.NotFound("gateway-endpoint-missing",
                $"there is no gateway endpoint '{TrackingLimits.Shown(endpoint)}': this server has no AI gateway; name a provider's model, such as openai:/gpt-4.1-mini");
        }
    }

    /// <summary>Of <c>gateway:/name</c> the name; null for models of others.</summary>
    private static string? EndpointOf(string uri) =>
        uri.Split(":/", 2) is [Gateway, var rest] && rest.TrimStart('/') is { Length: > 0 } name ? name : null;

    private static JsonElement? ModelOf(JsonElement scorer)
    {
        // A judge with a memory wraps another.
        while (!Parts.Any(part => Part(scorer, part) is not null) && Part(scorer, "memory_augmented_judge_data") is { } wrapper)
            scorer = Part(wrapper, "base_judge") ?? default;
        JsonElement? data = Parts.Select(part => Part(scorer, part)).FirstOrDefault(found => found is not null);
        return data is { } part && part.TryGetProperty("model", out JsonElement model) ? model : null;
    }

    /// <summary>Null when it is not there, or no object.</summary>
    private static JsonElement? Part(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement part) && part.ValueKind == JsonValueKind.Object ? part : null;

    private static JsonDocument Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw Invalid($"the text of a scorer is no JSON: {e.Message}");
        }
    }

    private static MlOpsException Invalid(string why) => MlOpsException.Invalid("scorer-invalid", why);
}
