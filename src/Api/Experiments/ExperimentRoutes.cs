using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Experiments;

/// <summary>What was tracked: experiments, runs, histories, artifacts.</summary>
internal static class ExperimentRoutes
{
    private const int DefaultRuns = 100;
    private const int MostRuns = 1_000;

    public static void Map(ApiRoutes routes, Platform platform)
    {
        ExperimentTracker tracker = platform.Experiments;
        routes.Get("/experiments", async call => await call.ListAsync(await tracker.ListExperimentsAsync(call.Aborted)));
        routes.Get("/experiments/{name}/runs", async call =>
        {
            int limit = call.QueryNumber("limit", 1, MostRuns) ?? DefaultRuns;
            RunPage page = await tracker.PageRunsAsync(call.Path("name"), limit, call.Query("next"), call.Aborted);
            await call.ListAsync(page.Runs, page.Continuation);
        });
        routes.Get("/runs/{id}", async call => await call.JsonAsync(await tracker.GetRunAsync(call.Path("id"), call.Aborted)));
        routes.Put("/runs/{id}", async call => await BeginAsync(tracker, call));
        // A metric's name may have slashes.
        routes.Get("/runs/{id}/metrics/{**name}", async call =>
            await call.ListAsync(await tracker.MetricHistoryAsync(call.Path("id"), call.Path("name"), call.Aborted)));
        routes.Get("/runs/{id}/artifacts", async call => await call.ListAsync(await tracker.ListArtifactsAsync(call.Path("id"), call.Aborted)));
        routes.Get("/runs/{id}/artifacts/{**path}", async call =>
        {
            string path = call.Path("path");
            await call.FileAsync(await tracker.DownloadArtifactAsync(call.Path("id"), path, call.Aborted), path[(path.LastIndexOf('/') + 1)..]);
        });
    }

    private static async Task BeginAsync(ExperimentTracker tracker, ApiCall call)
    {
        RunBegin begin = await call.ReadAsync<RunBegin>();
        var start = new RunStart(call.Path("id"), begin.Experiment, begin.Name, RunLineage.None, begin.Tags ?? RunChanges.NoTexts, begin.User, begin.StartedAt);
        await call.JsonAsync(await tracker.StartRunAsync(start, call.Aborted));
    }
}
