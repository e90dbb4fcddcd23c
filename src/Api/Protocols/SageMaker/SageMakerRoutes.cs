using MlOps.Api.Http;
using MlOps.Api.Protocols.MlflowScoring;
using MlOps.Api.Serving;
using MlOps.Domain;
using MlOps.Domain.Registry;

namespace MlOps.Api.Protocols.SageMaker;

/// <summary>
/// SageMaker as callers of its runtime see it: <c>InvokeEndpoint</c> of the endpoint that is called like the model, with the body of an
/// invocation; of another model where the header <c>X-Amzn-SageMaker-Target-Model</c> names one, as of an endpoint with several. (<c>/invocations</c> is what SageMaker itself asks of a container.)
/// </summary>
internal static class SageMakerRoutes
{
    /// <summary>On answers: the version, which is SageMaker's production variant.</summary>
    private const string Variant = "x-Amzn-Invoked-Production-Variant";

    public static void Map(ApiRoutes routes, Platform platform) => routes.Post("/{endpoint}/invocations", async call =>
        await Invocation.AnswerAsync(platform, ServingHeaders.Target(call) is { } target ? ModelSelector.Parse(target) : new ModelSelector(RegistryLimits.CheckModel(call.Path("endpoint"))), call, static (http, result) =>
            http.Response.Headers[Variant] = result.Version.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}
