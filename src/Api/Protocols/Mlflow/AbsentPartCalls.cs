using MlOps.Api.Http;
using MlOps.Domain.Access;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Parts of MLflow 3 that are not here and whose absence is told in words: as by MLflow's server where they are switched off.</summary>
internal static class AbsentPartCalls
{
    public static void Map(ApiRoutes routes)
    {
        routes.Get("/workspaces", NoWorkspacesAsync);
        routes.Post("/workspaces", NoWorkspacesAsync);
        routes.Get("/workspaces/{workspace}", NoWorkspacesAsync);
        routes.Patch("/workspaces/{workspace}", NoWorkspacesAsync);
        routes.Delete("/workspaces/{workspace}", NoWorkspacesAsync);
    }

    /// <summary>What the web UI asks to be run.</summary>
    public static void MapJobs(ApiRoutes routes)
    {
        routes.Post("/scorer/invoke", NoJobsAsync, Role.Viewer);
        routes.Post("/issues/invoke", NoJobsAsync, Role.Viewer);
    }

    // MLflow's server says 503, which its clients repeat for minutes.
    private static Task NoWorkspacesAsync(ApiCall call) => throw MlOpsException.Refused("workspaces-off", $"{call.Http.Request.Path}: this server has no workspaces; leave them out");

    private static Task NoJobsAsync(ApiCall call) => throw MlOpsException.Refused("jobs-off", "this server runs no judges and searches for no issues: let your own program do it, with mlflow.genai.evaluate and mlflow.genai.discovery");
}
