using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MlOps.Api.Access;
using MlOps.Api.Batch;
using MlOps.Api.Datasets;
using MlOps.Api.Experiments;
using MlOps.Api.Gc;
using MlOps.Api.Http;
using MlOps.Api.Monitoring;
using MlOps.Api.OpenApi;
using MlOps.Api.Pipelines;
using MlOps.Api.Protocols.AzureMl;
using MlOps.Api.Protocols.Mlflow;
using MlOps.Api.Protocols.MlflowScoring;
using MlOps.Api.Protocols.OpenInference;
using MlOps.Api.Protocols.Plain;
using MlOps.Api.Protocols.SageMaker;
using MlOps.Api.Protocols.TensorFlowServing;
using MlOps.Api.Registry;
using MlOps.Api.Rollout;
using MlOps.Api.Serving;
using MlOps.Api.Webhooks;
using MlOps.Domain;

namespace MlOps.Api;

/// <summary>The whole HTTP API over a platform. Needs nothing of the host but routing.</summary>
public static class MlOpsApi
{
    /// <param name="direct">Filled with what a host may answer before routing; null: it does not.</param>
    public static IEndpointRouteBuilder MapMlOpsApi(this IEndpointRouteBuilder routes, Platform platform, ApiOptions? options = null, DirectRoutes? direct = null)
    {
        ApiOptions chosen = options ?? new ApiOptions();
        var pipeline = new ApiPipeline(platform, chosen, direct);
        PlainRoutes.Map(new ApiRoutes(routes, pipeline, chosen, "", ErrorShape.Problem), platform, chosen);
        MlflowScoringRoutes.Map(new ApiRoutes(routes, pipeline, chosen, "", ErrorShape.Mlflow), platform, chosen);
        var late = new LateEndpoints(routes, all => MapLate(all, pipeline, platform, chosen));
        routes.DataSources.Add(late);
        // A folder that is no web UI is refused at the start.
        if (chosen.MlflowUi is not null)
            _ = late.Endpoints;
        return routes;
    }

    /// <summary>
    /// The API as one delegate, for hosts that have no pipeline of ASP.NET Core to map it into but get requests handed one by one. What
    /// another router found out about the request is forgotten first: routing does nothing for a request that has an endpoint.
    /// </summary>
    /// <param name="services">The host's, with routing added.</param>
    public static RequestDelegate BuildPipeline(IServiceProvider services, Platform platform, ApiOptions options)
    {
        var builder = new ApplicationBuilder(services);
        builder.UseRouting();
        builder.UseEndpoints(routes => routes.MapMlOpsApi(platform, options));
        RequestDelegate pipeline = builder.Build();
        return http =>
        {
            http.SetEndpoint(null);
            http.Request.RouteValues.Clear();
            return pipeline(http);
        };
    }

    /// <summary>All but what a host may answer before routing.</summary>
    private static void MapLate(IEndpointRouteBuilder routes, ApiPipeline pipeline, Platform platform, ApiOptions options)
    {
        MapOwn(new ApiRoutes(routes, pipeline, options, "/api/v1", ErrorShape.Problem), platform, options);
        HealthRoutes.Map(new ApiRoutes(routes, pipeline, options, "/health", ErrorShape.Problem), platform);
        if (options.MlflowUi is null)
            HealthRoutes.MapRoot(new ApiRoutes(routes, pipeline, options, "", ErrorShape.Problem));
        OpenInferenceRoutes.Map(new ApiRoutes(routes, pipeline, options, "/v2", ErrorShape.OpenInference), platform, options);
        TensorFlowServingRoutes.Map(new ApiRoutes(routes, pipeline, options, "/v1", ErrorShape.OpenInference), platform);
        ScoreRoutes.Map(new ApiRoutes(routes, pipeline, options, "", ErrorShape.Problem), platform, options);
        MlflowRoutes.Map(prefix => new ApiRoutes(routes, pipeline, options, prefix, ErrorShape.MlflowTracking), platform, options);
        SageMakerRoutes.Map(new ApiRoutes(routes, pipeline, options, "/endpoints", ErrorShape.SageMaker), platform);
        OpenApiRoutes.Map(new ApiRoutes(routes, pipeline, options, "/openapi", ErrorShape.Problem), platform, options, pipeline.Routes);
        // What no protocol knows is answered in our own words, and with a request id, too.
        new ApiRoutes(routes, pipeline, options, "", ErrorShape.Problem).Otherwise();
    }

    private static void MapOwn(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        DatasetRoutes.Map(routes, platform);
        ExperimentRoutes.Map(routes, platform);
        ModelRoutes.Map(routes, platform);
        PipelineRoutes.Map(routes, platform);
        RolloutRoutes.Map(routes, platform);
        BatchRoutes.Map(routes, platform);
        EndpointRoutes.Map(routes, platform);
        ServingModelRoutes.Map(routes, platform);
        PredictionRoutes.Map(routes, platform);
        FeedbackRoutes.Map(routes, platform, options);
        MonitoringRoutes.Map(routes, platform);
        TokenRoutes.Map(routes, platform);
        GcRoutes.Map(routes, platform);
        WebhookRoutes.Map(routes, platform);
        routes.Otherwise();
    }
}
