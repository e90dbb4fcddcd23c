using System.Globalization;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary>
/// TensorFlow Serving's REST API, and KServe's version 1, which shares its paths: <c>:predict</c> is the same in both, <c>:explain</c> is
/// KServe's, and a model's status has the keys of both. A label is an alias.
/// </summary>
internal static class TensorFlowServingRoutes
{
    private static readonly string[] Models = ["/models/{model}", "/models/{model}/versions/{version:long}", "/models/{model}/labels/{label}"];

    private static readonly Dictionary<string, Func<Platform, ApiCall, Task>> Verbs = new(StringComparer.OrdinalIgnoreCase)
    {
        ["predict"] = PredictAsync,
        ["classify"] = (platform, call) => ExamplesAsync(platform, call, ExamplesAnswer.CheckClassify, ExamplesAnswer.WriteClassifyAsync),
        ["regress"] = (platform, call) => ExamplesAsync(platform, call, ExamplesAnswer.CheckRegress, ExamplesAnswer.WriteRegressAsync),
        ["explain"] = ExplainAsync,
    };

    public static void Map(ApiRoutes routes, Platform platform)
    {
        routes.Get("/models", async call => await ListAsync(platform, call));
        foreach (string model in Models)
        {
            routes.Get(model, async call => await ServableAsync(call, () => IsVerb(call) ? throw Malformed(call) : ModelStatus.WriteAsync(platform, call, Version(call))));
            routes.Get(model + "/metadata", async call => await ServableAsync(call, () => ModelMetadata.WriteAsync(platform, call, Version(call))));
            routes.Post(model + ":{verb}", async call => await ServableAsync(call, () => Verb(call)(platform, call)));
        }

        routes.Otherwise(call => throw Malformed(call));
    }

    private static async Task ListAsync(Platform platform, ApiCall call)
    {
        var models = new List<string>();
        await foreach (Endpoint endpoint in platform.Endpoints.ListAsync(call.Aborted))
            models.Add(endpoint.Model);
        await call.JsonAsync(new { models });
    }

    private static Func<Platform, ApiCall, Task> Verb(ApiCall call) =>
        Verbs.TryGetValue(call.Path("verb"), out Func<Platform, ApiCall, Task>? verb) ? verb : throw Malformed(call);

    private static async Task PredictAsync(Platform platform, ApiCall call)
    {
        using RequestBytes bytes = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        PredictRequest request = bytes.Parse(PredictRequest.Parse);
        PredictionResult result = await Asked(call, request.Rows).PredictAsync(platform.Predictor, call, bytes.Memory);
        await PredictAnswer.WriteAsync(call, result, request);
    }

    private static async Task ExplainAsync(Platform platform, ApiCall call)
    {
        using RequestBytes bytes = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        ExplainRequest request = bytes.Parse(ExplainRequest.Parse);
        ExplainedResult answer = await Asked(call, request.Predict.Rows).ExplainAsync(platform.Predictor, call, bytes.Memory, request.Options);
        await PredictAnswer.WriteAsync(call, answer, request.Predict);
    }

    private static async Task ExamplesAsync(Platform platform, ApiCall call, Action<ModelSignature> check, Func<ApiCall, PredictionResult, Task> write)
    {
        using RequestBytes bytes = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        var rows = new CheckedRows(bytes.Parse(ExampleRequest.Parse), check);
        await write(call, await Asked(call, rows).PredictAsync(platform.Predictor, call, bytes.Memory));
    }

    private static Asked Asked(ApiCall call, RequestRows rows) => new(call.Path("model"), Version(call), rows);

    private static string? Version(ApiCall call) => call.Path("label") is { Length: > 0 } label ? Label(call, label) : Number(call);

    /// <summary>A path of a POST: no model, version or label has a colon.</summary>
    private static bool IsVerb(ApiCall call) => call.Http.Request.Path.Value!.Contains(':', StringComparison.Ordinal);

    private static string? Number(ApiCall call) => Named(call) is not { } version || int.TryParse(version, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
        ? Named(call)
        : throw MlOpsException.NotFound("model-version-missing", $"'{call.Path("model")}' has no version {version}");

    private static string? Named(ApiCall call) => call.Path("version") is { Length: > 0 } version ? version : null;

    /// <summary>A label is an alias and nothing else that names a version.</summary>
    private static string Label(ApiCall call, string label)
    {
        try
        {
            return RegistryLimits.CheckAlias(label);
        }
        catch (MlOpsException e)
        {
            throw new MlOpsException(ErrorKind.NotFound, "alias-missing", $"'{call.Path("model")}' has no label '{label}': {e.Message}", e);
        }
    }

    /// <summary>What is not there is said in TensorFlow's words first, which its clients look for.</summary>
    private static async Task ServableAsync(ApiCall call, Func<Task> handle)
    {
        try
        {
            await handle();
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            string model = call.Path("model");
            string servable = (Named(call) ?? call.Path("label")) is { Length: > 0 } version ? string.Create(CultureInfo.InvariantCulture, $"Specific({model}, {version})") : $"Latest({model})";
            throw new MlOpsException(e.Kind, e.Code, $"Servable not found for request: {servable}: {e.Message}", e);
        }
    }

    private static MlOpsException Malformed(ApiCall call) =>
        MlOpsException.Invalid("request-malformed", $"Malformed request: {call.Http.Request.Method} {call.Http.Request.Path}");
}
