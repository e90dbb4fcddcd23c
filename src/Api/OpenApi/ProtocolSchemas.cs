using System.Text.Json.Nodes;
using MlOps.Api.Protocols.OpenInference;

namespace MlOps.Api.OpenApi;

/// <summary>Requests and errors of the protocols, whatever the model.</summary>
internal static class ProtocolSchemas
{
    public const string Problem = "Problem";
    public const string Error = "Error";
    public const string MlflowError = "MlflowError";
    public const string SageMakerError = "SageMakerError";
    public const string OwnRequest = "PredictionsRequest";
    public const string PlainRequest = "PlainRequest";
    public const string PredictRequest = "PredictRequest";
    public const string InferRequest = "InferRequest";
    public const string InferResponse = "InferResponse";
    public const string OwnAnswer = "PredictionsAnswer";
    public const string PlainAnswer = "PlainAnswer";
    public const string PredictAnswer = "PredictAnswer";
    public const string InvocationAnswer = "InvocationAnswer";
    public const string Invocation = "Invocation";

    private const string Tensor = "Tensor";

    public static JsonObject All()
    {
        JsonObject schemas = Requests();
        AddAnswers(schemas);
        ExplainSchemas.AddTo(schemas);
        return schemas;
    }

    private static JsonObject Requests() => new()
    {
        [OwnRequest] = OwnOf(Schemas.Typed("object")),
        [PlainRequest] = Schemas.Object(["features"], ("features", OneOf(Schemas.Typed("object"), Schemas.Typed("array"))), ExplainSchemas.Field),
        [PredictRequest] = Schemas.Object([], ("instances", Schemas.Typed("array")), ("inputs", OneOf(Schemas.Typed("object"), Schemas.Typed("array"))),
            ("examples", Schemas.ListOf(Schemas.Typed("object"))), ("context", Schemas.Typed("object")), ("signature_name", Text()), ExplainSchemas.Field),
        [Tensor] = TensorOf(Text()),
        [InferRequest] = InferOf(Schemas.Ref(Tensor)),
        [Invocation] = InvocationOf(Schemas.Typed("object")),
    };

    private static void AddAnswers(JsonObject schemas)
    {
        schemas[Problem] = Schemas.Object(["type", "title", "status", "code", "detail"],
            ("type", Text()), ("title", Text()), ("status", Schemas.Typed("integer")), ("code", Text()), ("detail", Text()));
        schemas[Error] = Schemas.Object(["error"], ("error", Text()));
        schemas[MlflowError] = Schemas.Object(["error_code", "message"], ("error_code", Text()), ("message", Text()));
        schemas[SageMakerError] = Schemas.Object(["message"], ("message", Text()));
        schemas[InferResponse] = Schemas.Object(["model_name", "outputs"], ("model_name", Text()), ("model_version", Text()), ("id", Text()), ("outputs", Schemas.ListOf(Schemas.Ref(Tensor))));
        schemas[OwnAnswer] = OwnAnswerOf(Schemas.Object(["prediction"], ("prediction", Predicted()), ("probabilities", Schemas.Typed("object")), ("explanation", Explanation())));
        schemas[PlainAnswer] = Schemas.Object([], ("prediction", Predicted()), ("explanation", Explanation()), ("predictions", Schemas.ListOf(Predicted())), Explanations());
        schemas[PredictAnswer] = Schemas.Object([], ("predictions", Schemas.Typed("array")), ("outputs", new JsonObject()), ("results", Schemas.Typed("array")), Explanations());
        schemas[InvocationAnswer] = Schemas.Object(["predictions"], ("predictions", Schemas.ListOf(Predicted())), Explanations());
    }

    /// <summary>An answer in our own shape, of predictions such as this.</summary>
    public static JsonObject OwnAnswerOf(JsonNode prediction) => Schemas.Object(
        ["requestId", "model", "version", "predictions"], ("requestId", Text()), ("model", Text()), ("version", Schemas.Typed("integer")), ("predictions", Schemas.ListOf(prediction)));

    /// <summary>A request in our own shape, of rows such as this.</summary>
    public static JsonObject OwnOf(JsonNode row) => Schemas.Object(["rows"], ("rows", Schemas.ListOf(row)), ("unit", Text()), ("version", OneOf(Text(), Schemas.Typed("integer"))), ExplainSchemas.Field);

    public static JsonObject InvocationOf(JsonNode row) => Schemas.Object(
        [],
        ("dataframe_records", Schemas.ListOf(row)),
        ("dataframe_split", Schemas.Object(["data"], ("columns", Schemas.Typed("array")), ("index", Schemas.Typed("array")), ("data", Schemas.ListOf(Schemas.Typed("array"))))),
        ("instances", Schemas.Typed("array")),
        ("inputs", OneOf(Schemas.Typed("object"), Schemas.Typed("array"))),
        ("params", Schemas.Object([], ExplainSchemas.Field)));

    public static JsonObject InferOf(JsonNode tensor) => Schemas.Object(
        ["inputs"],
        ("id", Text()),
        ("parameters", Schemas.Object([], ("unit", Text()), ("binary_data_output", Schemas.Typed("boolean")), ExplainSchemas.Field)),
        ("inputs", Schemas.ListOf(tensor)),
        ("outputs", Schemas.ListOf(Schemas.Object(["name"], ("name", OutputName()), ("parameters", Schemas.Object([], ("binary_data", Schemas.Typed("boolean")), ("classification", Schemas.Typed("integer"))))))));

    /// <param name="name">What names there are.</param>
    public static JsonObject TensorOf(JsonNode name) => Schemas.Object(
        ["name", "shape", "datatype"], ("name", name), ("shape", Schemas.ListOf(Schemas.Typed("integer"))), ("datatype", Text()), ("parameters", Schemas.Typed("object")), ("data", Schemas.Typed("array")));

    public static JsonObject OneOf(params JsonNode[] schemas) => new() { ["oneOf"] = new JsonArray(schemas) };

    private static JsonObject OutputName() => new()
    {
        ["type"] = "string",
        ["examples"] = new JsonArray("prediction", "probability", ContributionsOutput.OutputName),
    };

    private static JsonNode Explanation() => Schemas.Ref(ExplainSchemas.Answer);

    private static (string, JsonNode) Explanations() => ("explanations", Schemas.ListOf(Explanation()));

    private static JsonObject Predicted() => new() { ["type"] = new JsonArray("string", "number") };

    private static JsonObject Text() => Schemas.Typed("string");
}
