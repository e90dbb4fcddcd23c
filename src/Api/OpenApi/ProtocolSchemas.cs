using System.Text.Json.Nodes;

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
    public const string Invocation = "Invocation";

    private const string Tensor = "Tensor";

    public static JsonObject All() => new()
    {
        [Problem] = Schemas.Object(["type", "title", "status", "code", "detail"],
            ("type", Text()), ("title", Text()), ("status", Schemas.Typed("integer")), ("code", Text()), ("detail", Text())),
        [Error] = Schemas.Object(["error"], ("error", Text())),
        [MlflowError] = Schemas.Object(["error_code", "message"], ("error_code", Text()), ("message", Text())),
        [SageMakerError] = Schemas.Object(["message"], ("message", Text())),
        [OwnRequest] = OwnOf(Schemas.Typed("object")),
        [PlainRequest] = Schemas.Object(["features"], ("features", OneOf(Schemas.Typed("object"), Schemas.Typed("array")))),
        [PredictRequest] = Schemas.Object([], ("instances", Schemas.Typed("array")), ("inputs", OneOf(Schemas.Typed("object"), Schemas.Typed("array"))),
            ("examples", Schemas.ListOf(Schemas.Typed("object"))), ("context", Schemas.Typed("object")), ("signature_name", Text())),
        [Tensor] = TensorOf(Text()),
        [InferRequest] = InferOf(Schemas.Ref(Tensor)),
        [InferResponse] = Schemas.Object(["model_name", "outputs"], ("model_name", Text()), ("model_version", Text()), ("id", Text()), ("outputs", Schemas.ListOf(Schemas.Ref(Tensor)))),
        [Invocation] = InvocationOf(Schemas.Typed("object")),
    };

    /// <summary>A request in our own shape, of rows such as this.</summary>
    public static JsonObject OwnOf(JsonNode row) => Schemas.Object(["rows"], ("rows", Schemas.ListOf(row)), ("unit", Text()), ("version", OneOf(Text(), Schemas.Typed("integer"))));

    public static JsonObject InvocationOf(JsonNode row) => Schemas.Object(
        [],
        ("dataframe_records", Schemas.ListOf(row)),
        ("dataframe_split", Schemas.Object(["data"], ("columns", Schemas.Typed("array")), ("index", Schemas.Typed("array")), ("data", Schemas.ListOf(Schemas.Typed("array"))))),
        ("instances", Schemas.Typed("array")),
        ("inputs", OneOf(Schemas.Typed("object"), Schemas.Typed("array"))),
        ("params", Schemas.Typed("object")));

    public static JsonObject InferOf(JsonNode tensor) => Schemas.Object(
        ["inputs"], ("id", Text()), ("parameters", Schemas.Typed("object")), ("inputs", Schemas.ListOf(tensor)),
        ("outputs", Schemas.ListOf(Schemas.Object(["name"], ("name", Text()), ("parameters", Schemas.Typed("object"))))));

    /// <param name="name">What names there are.</param>
    public static JsonObject TensorOf(JsonNode name) => Schemas.Object(
        ["name", "shape", "datatype"], ("name", name), ("shape", Schemas.ListOf(Schemas.Typed("integer"))), ("datatype", Text()), ("parameters", Schemas.Typed("object")), ("data", Schemas.Typed("array")));

    public static JsonObject OneOf(params JsonNode[] schemas) => new() { ["oneOf"] = new JsonArray(schemas) };

    private static JsonObject Text() => Schemas.Typed("string");
}
