using System.Text.Json.Nodes;
using MlOps.Api.Http;
using MlOps.Api.Protocols.OpenInference;
using MlOps.Domain.Access;
using MlOps.Domain.Registry;
using MlOps.Learning.Trainers;

namespace MlOps.Api.OpenApi;

/// <summary>The paths of one model that is served, in each protocol.</summary>
internal static class ModelPaths
{
    public static void Add(OpenApiPaths paths, JsonObject schemas, ModelVersion version, IReadOnlyDictionary<string, JsonArray> examples)
    {
        var model = new ModelSchemas(version, examples);
        model.AddTo(schemas);
        string name = version.Model;
        string segment = Uri.EscapeDataString(name);
        void Map(string template, ErrorShape shape, string protocol, JsonNode body, JsonNode answer, JsonNode example) => paths.Add(
            new MappedRoute("POST", template, Role.Contributor, shape), template.Replace("{model}", segment, StringComparison.Ordinal), $"Predicts with '{name}'", body, answer, example, name, protocol);
        Map("/api/v1/predictions/{model}", ErrorShape.Problem, "own", ProtocolSchemas.OwnOf(model.Row), OwnAnswer(model), new JsonObject { ["rows"] = new JsonArray(model.ExampleRow()) });
        Map("/v2/models/{model}/infer", ErrorShape.OpenInference, "open inference v2", InferBody(model), Schemas.Ref(ProtocolSchemas.InferResponse), InferExample(model));
        Map("/v1/models/{model}:explain", ErrorShape.OpenInference, "kserve v1 explain", PredictBody(model, ExplainSchemas.Field),
            Schemas.Object(["explanations"], ("predictions", Schemas.ListOf(model.Prediction)), ("outputs", Schemas.ListOf(model.Prediction)), Explanations(model)), new JsonObject { ["instances"] = new JsonArray(model.ExampleRow()) });
        Map("/v1/models/{model}:predict", ErrorShape.OpenInference, "tensorflow serving, kserve v1", PredictBody(model),
            Schemas.Object([], ("predictions", Schemas.ListOf(model.Prediction)), ("outputs", Schemas.ListOf(model.Prediction))), new JsonObject { ["instances"] = new JsonArray(model.ExampleRow()) });
        Map("/endpoints/{model}/invocations", ErrorShape.SageMaker, "mlflow, sagemaker", ProtocolSchemas.InvocationOf(model.Row),
            Schemas.Object(["predictions"], ("predictions", Schemas.ListOf(model.Prediction)), Explanations(model)), new JsonObject { ["dataframe_records"] = new JsonArray(model.ExampleRow()) });
    }

    private static JsonObject OwnAnswer(ModelSchemas model)
    {
        JsonObject prediction = model.Signature.Task == LearningTask.Regression
            ? Schemas.Object(["prediction"], ("prediction", Schemas.Typed("number")), ("explanation", model.Explanation))
            : Schemas.Object(["prediction", "probabilities"], ("prediction", Schemas.Typed("string")),
                ("probabilities", Schemas.Object(model.Signature.Classes, [.. model.Signature.Classes.Select(c => (c, (JsonNode)Schemas.Typed("number")))])),
                ("explanation", model.Explanation));
        return ProtocolSchemas.OwnAnswerOf(prediction);
    }

    private static (string, JsonNode) Explanations(ModelSchemas model) => ("explanations", Schemas.ListOf(model.Explanation));

    private static JsonObject PredictBody(ModelSchemas model, params (string, JsonNode)[] more) => Schemas.Object(
        [],
        [("instances", Schemas.ListOf(new JsonObject { ["anyOf"] = new JsonArray(model.Row, model.Values) })),
        ("inputs", ProtocolSchemas.OneOf(Schemas.Typed("object"), Schemas.ListOf(model.Values))),
        ("signature_name", Schemas.Typed("string")),
        .. more]);

    private static JsonObject InferBody(ModelSchemas model) => ProtocolSchemas.InferOf(ProtocolSchemas.TensorOf(new JsonObject
    {
        ["type"] = "string",
        ["examples"] = new JsonArray([.. model.Signature.Inputs.Select(f => (JsonNode)f.Name)]),
    }));

    private static JsonObject InferExample(ModelSchemas model) => new()
    {
        ["inputs"] = new JsonArray([.. model.Signature.Inputs.Select(f => new JsonObject
        {
            ["name"] = f.Name,
            ["shape"] = new JsonArray(1),
            ["datatype"] = TensorDatatype.Of(f.Type),
            ["data"] = new JsonArray(model.Example(f)),
        })]),
    };
}
