using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace MlOps.Functions;

/// <summary>
/// One function for each group of routes; what they answer is src/Api's business. Anonymous to the Functions host: the API asks for its
/// own tokens. Without methods a function takes all.
/// </summary>
public sealed class HttpFunctions(CloudHost host)
{
    /// <summary>Starts and steers workflows.</summary>
    [Function("http-api")]
    public Task Api([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/v1/{*path}")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        host.With(client).AnswerAsync(request);

    [Function("http-mlflow")]
    public Task Mlflow([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/2.0/{*path}")] HttpRequest request) => host.AnswerAsync(request);

    [Function("http-mlflow-ui")]
    public Task MlflowUi([HttpTrigger(AuthorizationLevel.Anonymous, Route = "ajax-api/{*path}")] HttpRequest request) => host.AnswerAsync(request);

    [Function("http-inference-v2")]
    public Task InferenceV2([HttpTrigger(AuthorizationLevel.Anonymous, Route = "v2/{*path}")] HttpRequest request) => host.AnswerAsync(request);

    [Function("http-inference-v1")]
    public Task InferenceV1([HttpTrigger(AuthorizationLevel.Anonymous, Route = "v1/{*path}")] HttpRequest request) => host.AnswerAsync(request);

    [Function("http-invocations")]
    public Task Invocations([HttpTrigger(AuthorizationLevel.Anonymous, Route = "invocations")] HttpRequest request) => host.AnswerAsync(request);

    [Function("http-health")]
    public Task Health([HttpTrigger(AuthorizationLevel.Anonymous, Route = "health/{*path}")] HttpRequest request) => host.AnswerAsync(request);

    /// <summary>What has no prefix of its own: <c>/ping</c>, <c>/version</c>, <c>/openapi/v1.json</c>, <c>/endpoints</c>, MLflow's <c>/api/3.0</c>.</summary>
    [Function("http-other")]
    public Task Other([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request) => host.AnswerAsync(request);
}
