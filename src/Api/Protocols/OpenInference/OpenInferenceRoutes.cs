using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>The Open Inference Protocol, version 2, over REST. A version in the path may also be an alias.</summary>
internal static class OpenInferenceRoutes
{
    private static readonly string[] Extensions = ["binary_tensor_data", "classification", "model_repository"];

    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        routes.Probe("", call => call.JsonAsync(new { name = "mlops", version = options.Version, extensions = Extensions }));
        routes.Probe("/health/live", call => call.JsonAsync(new { live = true }));
        routes.Probe("/health/ready", async call =>
        {
            await HealthRoutes.CheckAsync(platform, call.Aborted);
            await call.JsonAsync(new { ready = true });
        });
        routes.Get("/models", async call => await ListAsync(platform, call));
        foreach (string model in new[] { "/models/{model}", "/models/{model}/versions/{version}" })
        {
            routes.Get(model, async call => await DescribeAsync(platform, call));
            routes.Get(model + "/ready", async call => await ReadyAsync(platform, call));
            routes.Post(model + "/infer", async call => await InferAsync(platform.Predictor, call));
        }

        RepositoryRoutes.Map(routes, platform);
        routes.Otherwise();
    }

    private static async Task ListAsync(Platform platform, ApiCall call)
    {
        var models = new List<string>();
        await foreach (Endpoint endpoint in platform.Endpoints.ListAsync(call.Aborted))
            models.Add(endpoint.Model);
        await call.JsonAsync(new { models });
    }

    private static async Task DescribeAsync(Platform platform, ApiCall call)
    {
        string name = call.Path("model");
        ModelVersion version = await platform.Readiness.DescribeAsync(name, Version(call), call.Aborted);
        await call.JsonAsync(ModelMetadata.Of(version, await platform.Registry.ListVersionsAsync(name, call.Aborted)));
    }

    private static async Task ReadyAsync(Platform platform, ApiCall call)
    {
        await platform.Readiness.CheckAsync(call.Path("model"), Version(call), call.Aborted);
        await call.JsonAsync(new { name = call.Path("model"), ready = true });
    }

    private static async Task InferAsync(Predictor predictor, ApiCall call)
    {
        using RequestBytes bytes = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        var body = InferBody.Of(call.Http.Request, bytes.Memory);
        var request = InferRequest.Parse(body);
        var asked = new Asked(call.Path("model"), Version(call), request.Rows, request.RequestId, request.Unit);
        if (request.Explain is { } explain)
        {
            await InferResponse.WriteAsync(call, await asked.ExplainAsync(predictor, call, body.Json, explain), request);
            return;
        }

        await InferResponse.WriteAsync(call, await asked.PredictAsync(predictor, call, body.Json), request);
    }

    private static string? Version(ApiCall call) => call.Path("version") is { Length: > 0 } version ? version : null;
}
