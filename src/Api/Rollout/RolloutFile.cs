using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Rollout;

namespace MlOps.Api.Rollout;

/// <summary>
/// A rollout's policy in a file: JSON (<c>.json</c>) as <c>POST /api/v1/rollouts/{model}</c> takes it, with the version or the policy alone; else YAML, the
/// section <c>rollout</c> of a pipeline file.
/// </summary>
public static class RolloutFile
{
    /// <param name="file">Its name; mistakes are reported under it.</param>
    /// <exception cref="MlOpsException">Invalid <c>rollout-file</c>, <c>json-invalid</c>.</exception>
    public static RolloutStart Parse(string text, string file)
    {
        if (!Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase))
            return new RolloutStart(0, RolloutSection.Parse(text, file));
        try
        {
            return OfJson(text);
        }
        catch (MlOpsException e)
        {
            throw MlOpsException.Invalid(e.Code, $"{file}: {e.Message}");
        }
    }

    /// <summary>The version is 0 where it is not said.</summary>
    private static RolloutStart OfJson(string text)
    {
        using JsonDocument json = Document(text);
        JsonElement root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw MlOpsException.Invalid("json-invalid", "expected a JSON object: a policy, or a body of POST /api/v1/rollouts/{model}");
        if (root.TryGetProperty("version", out _))
            return JsonRequest.Read<RolloutStart>(root);
        return root.TryGetProperty("policy", out _) ? new RolloutStart(0, JsonRequest.Read<RolloutPlanned>(root).Policy) : new RolloutStart(0, JsonRequest.Read<RolloutPolicy>(root));
    }

    private static JsonDocument Document(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw JsonRequest.Invalid(e, null);
        }
    }
}
