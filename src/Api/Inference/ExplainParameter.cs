using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Serving.Explanations;

namespace MlOps.Api.Inference;

/// <summary>
/// How a request asks for explanations, in every protocol: <c>true</c>, a number k for the k largest contributions, or <c>{"topK": k}</c>.
/// </summary>
internal static class ExplainParameter
{
    public const string Name = "explain";

    /// <summary>Null when none are asked for.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static ExplainOptions? Parse(JsonSlice value) => value.Kind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.False => null,
        JsonValueKind.True => ExplainOptions.All,
        JsonValueKind.Object => TopK(JsonFields.Of(value, "topK").Required("topK"), "explain.topK"),
        _ => TopK(value, Name),
    };

    private static ExplainOptions TopK(JsonSlice value, string where) => value.TryWhole(out int k) && k > 0
        ? new ExplainOptions(k)
        : throw JsonFields.Invalid($"'{where}' is {value.Shown()}, expected {(where == Name ? "true, false, {\"topK\": k} or " : "")}a number of features from 1");
}
