using MlOps.Api.Http;
using MlOps.Domain.Access;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// Of MLflow's REST API what concerns logged models and traces. Contributors may hide a model, and take off a tag or an assessment, which
/// they may overwrite, too; to delete traces, which removes their files, an admin is needed.
/// </summary>
internal static class ModelAndTraceRoutes
{
    public static void MapModels(ApiRoutes routes, LoggedModelCalls calls, ArtifactCalls artifacts)
    {
        routes.Post("/logged-models", MlflowCall.OfBody(calls.CreateAsync));
        routes.Post("/logged-models/search", MlflowCall.OfBody(calls.SearchAsync), Role.Viewer);
        routes.Get("/logged-models/{model}", calls.GetAsync);
        routes.Patch("/logged-models/{model}", MlflowCall.OfBody(calls.FinalizeAsync));
        routes.Delete("/logged-models/{model}", calls.DeleteAsync, Role.Contributor);
        routes.Patch("/logged-models/{model}/tags", MlflowCall.OfBody(calls.SetTagsAsync));
        routes.Delete("/logged-models/{model}/tags/{key}", calls.DeleteTagAsync, Role.Contributor);
        routes.Post("/logged-models/{model}/params", MlflowCall.OfBody(calls.LogParamsAsync));
        routes.Get("/logged-models/{model}/artifacts/directories", MlflowCall.OfQuery(artifacts.ListOfModelAsync));
        routes.Get("/logged-models/{model}/artifacts/files", MlflowCall.OfQuery(artifacts.GetOfModelAsync));
    }

    /// <summary>What both versions of the API have.</summary>
    public static void MapTraces(ApiRoutes routes, TraceCalls calls)
    {
        routes.Patch("/traces/{trace}/tags", MlflowCall.OfBody(calls.SetTagAsync));
        routes.Delete("/traces/{trace}/tags", MlflowCall.OfBody(calls.DeleteTagAsync), Role.Contributor);
        routes.Post("/traces/delete-traces", MlflowCall.OfBody(calls.DeleteAsync), Role.Admin);
        routes.Post("/traces/link-to-run", MlflowCall.OfBody(calls.LinkAsync));
        routes.Post("/traces/link-prompts", MlflowCall.OfBody(calls.LinkPromptsAsync));
        routes.Get("/get-trace-artifact", MlflowCall.OfQuery(calls.SpansAsync));
    }

    public static void MapTraces2(ApiRoutes routes, TraceCalls calls)
    {
        MapTraces(routes, calls);
        routes.Post("/traces", MlflowCall.OfBody(calls.BeginAsync));
        routes.Get("/traces", MlflowCall.OfQuery(calls.SearchOldAsync));
        routes.Patch("/traces/{trace}", MlflowCall.OfBody(calls.EndAsync));
        routes.Get("/traces/{trace}/info", calls.GetOldAsync);
    }

    public static void MapTraces3(ApiRoutes routes, TraceCalls calls, AssessmentCalls assessments, TraceMetricCalls metrics, TraceCorrelationCalls correlations)
    {
        MapTraces(routes, calls);
        routes.Post("/traces", MlflowCall.OfBody(calls.StoreAsync));
        routes.Post("/traces/search", MlflowCall.OfBody(calls.SearchAsync), Role.Viewer);
        routes.Post("/traces/batchGetInfos", MlflowCall.OfBody(calls.InfosAsync), Role.Viewer);
        routes.Get("/traces/get", MlflowCall.OfQuery(calls.GetWholeAsync));
        routes.Get("/traces/batchGet", MlflowCall.OfQuery(calls.GetWholesAsync));
        routes.Get("/traces/search", calls.NotOfferedAsync);
        routes.Post("/traces/metrics", MlflowCall.OfBody(metrics.QueryAsync), Role.Viewer);
        routes.Get("/traces/metrics", calls.NotOfferedAsync);
        routes.Post("/traces/calculate-filter-correlation", MlflowCall.OfBody(correlations.QueryAsync), Role.Viewer);
        routes.Get("/traces/calculate-filter-correlation", calls.NotOfferedAsync);
        routes.Get("/traces/{trace}", calls.GetAsync);
        routes.Post("/traces/{trace}/assessments", MlflowCall.OfBody(assessments.CreateAsync));
        routes.Get("/traces/{trace}/assessments/{assessment}", assessments.GetAsync);
        routes.Patch("/traces/{trace}/assessments/{assessment}", MlflowCall.OfBody(assessments.UpdateAsync));
        routes.Delete("/traces/{trace}/assessments/{assessment}", assessments.DeleteAsync, Role.Contributor);
    }
}
