using System.Text.Json.Nodes;
using MlOps.Api.Inference;
using MlOps.Learning.Trainers;

namespace MlOps.Api.OpenApi;

/// <summary>How explanations are asked for and answered, in every protocol.</summary>
internal static class ExplainSchemas
{
    public const string Option = "Explain";
    public const string Answer = "Explanation";

    /// <summary>The field of a request that asks for explanations.</summary>
    public static (string Name, JsonNode Schema) Field => (ExplainParameter.Name, Schemas.Ref(Option));

    public static void AddTo(JsonObject schemas)
    {
        JsonObject k = Schemas.Typed("integer");
        k["minimum"] = 1;
        JsonObject option = ProtocolSchemas.OneOf(Schemas.Typed("boolean"), k, Schemas.Object(["topK"], ("topK", k.DeepClone())));
        option["description"] = "true: how much each feature did to each prediction; a number k, or topK: only the k largest, the rest as one sum.";
        option["examples"] = new JsonArray(true, 3, new JsonObject { ["topK"] = 3 });
        schemas[Option] = option;
        schemas[Answer] = Of(Schemas.Typed("string"), new JsonObject { ["type"] = "object", ["additionalProperties"] = Number() });
    }

    /// <summary>An explanation of a model's row, with its features and classes.</summary>
    public static JsonObject Of(ModelSignature signature) => Of(
        new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. signature.Classes.Select(c => (JsonNode)c)]) },
        Schemas.Object([], signature.Inputs.Select(f => (f.Name, Number()))),
        hasClass: signature.Task != LearningTask.Regression);

    private static JsonObject Of(JsonNode className, JsonObject contributions, bool hasClass = true)
    {
        contributions["description"] = "By feature. Together with base and other they add up to the number, or to the score of the class (its log odds, of multiclass before the softmax).";
        (string, JsonNode)[] rest = [("base", Number()), ("contributions", contributions), ("other", Number())];
        return Schemas.Object(["base", "contributions"], hasClass ? [("class", className), .. rest] : rest);
    }

    /// <summary>What lies beyond the largest double is null.</summary>
    private static JsonNode Number() => new JsonObject { ["type"] = new JsonArray("number", "null") };
}
