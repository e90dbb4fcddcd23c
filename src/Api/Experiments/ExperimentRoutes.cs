using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;

namespace MlOps.Api.Experiments;

/// <summary>What was tracked: experiments, runs, histories, artifacts.</summary>
internal static class ExperimentRoutes
{
    private const int DefaultRuns = 100;
    private const int MostRuns = 1_000;
    private const int MostPoints = 10_000;

    private static readonly string[] SearchParameters = ["filter", "orderBy", "columns", "view"];

    public static void Map(ApiRoutes routes, Platform platform)
    {
        ExperimentTracker tracker = platform.Experiments;
        routes.Get("/experiments", async call => await call.ListAsync(await tracker.ListExperimentsAsync(call.Aborted)));
        routes.Get("/experiments/{name}/runs", call => RunsAsync(tracker, call));
        routes.Get("/runs/{id}", async call => await call.JsonAsync(await tracker.GetRunAsync(call.Path("id"), call.Aborted)));
        routes.Put("/runs/{id}", async call => await BeginAsync(tracker, call));
        // A metric's name may have slashes.
        routes.Get("/runs/{id}/metrics/{**name}", async call =>
            await call.ListAsync(await HistoryAsync(tracker, call, call.Path("id"), call.Path("name"))));
        routes.Get("/runs/{id}/artifacts", async call => await call.ListAsync(await tracker.ListArtifactsAsync(call.Path("id"), call.Aborted)));
        routes.Get("/runs/{id}/artifacts/{**path}", async call =>
        {
            string path = call.Path("path");
            await call.FileAsync(await tracker.DownloadArtifactAsync(call.Path("id"), path, call.Aborted), path[(path.LastIndexOf('/') + 1)..]);
        });
    }

    /// <summary>All runs, newest first; or what a search finds, when the query asks for one.</summary>
    private static async Task RunsAsync(ExperimentTracker tracker, ApiCall call)
    {
        int limit = call.QueryNumber("limit", 1, MostRuns) ?? DefaultRuns;
        bool counts = call.QueryFlag("count");
        RunPage page = counts || SearchParameters.Any(p => call.Query(p) is not null)
            ? await tracker.Search.SearchAsync(await QueryOfAsync(tracker, call, limit), call.Aborted)
            : await tracker.PageRunsAsync(call.Path("name"), limit, call.Query("next"), call.Aborted);
        await call.ListAsync(page.Runs, page.Continuation, counts ? page.Total : null);
    }

    private static async Task<RunQuery> QueryOfAsync(ExperimentTracker tracker, ApiCall call, int limit) =>
        new([(await tracker.GetExperimentAsync(call.Path("name"), call.Aborted)).Id])
        {
            Filter = call.Query("filter"),
            OrderBy = call.QueryList("orderBy"),
            Columns = RunColumns.Parse(call.QueryList("columns")),
            View = ViewOf(call),
            Limit = limit,
            Continuation = call.Query("next"),
        };

    private static LifecycleView ViewOf(ApiCall call) => call.Query("view") switch
    {
        null or "active" => LifecycleView.Active,
        "deleted" => LifecycleView.Deleted,
        "all" => LifecycleView.All,
        { } text => throw MlOpsException.Invalid("query-invalid", $"the query parameter 'view' is '{text}', expected active, deleted or all"),
    };

    /// <summary>Every point, or as many as a chart shows.</summary>
    private static async Task<IReadOnlyList<MetricPoint>> HistoryAsync(ExperimentTracker tracker, ApiCall call, string run, string metric) =>
        call.QueryNumber("points", 2, MostPoints) is { } most
            ? (await tracker.SampleHistoriesAsync([run], metric, most, long.MinValue, long.MaxValue, call.Aborted))[0]
            : await tracker.MetricHistoryAsync(run, metric, call.Aborted);

    private static async Task BeginAsync(ExperimentTracker tracker, ApiCall call)
    {
        RunBegin begin = await call.ReadAsync<RunBegin>();
        var start = new RunStart(call.Path("id"), begin.Experiment, begin.Name, RunLineage.None, begin.Tags ?? RunChanges.NoTexts, begin.User, begin.StartedAt);
        await call.JsonAsync(await tracker.StartRunAsync(start, call.Aborted));
    }
}
