using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Monitoring;

namespace MlOps.Api.Monitoring;

/// <summary>Drift and performance reports, checks on demand, alerts.</summary>
internal static class MonitoringRoutes
{
    private const int DefaultItems = 100;
    private const int MostItems = 1_000;

    public static void Map(ApiRoutes routes, Platform platform)
    {
        Monitors monitors = platform.Monitors;
        routes.Get("/drift/{model}", async call => await LatestAsync(monitors, call));
        routes.Post("/drift/{model}", async call => await CheckAsync(monitors, call));
        routes.Get("/drift/{model}/policy", async call => await call.JsonAsync(await monitors.FindPolicyAsync(call.Path("model"), call.Aborted) ?? throw NotWatched(call)));
        routes.Delete("/drift/{model}/policy", async call => await EndAsync(monitors, call));
        routes.Get("/drift/{model}/reports", async call =>
            await call.ListAsync(await monitors.ListReportsAsync(call.Path("model"), Kind(call, null), call.Aborted).Take(Limit(call)).ToListAsync(call.Aborted)));
        routes.Get("/drift/{model}/reports/{id}", async call => await call.JsonAsync(await monitors.GetReportAsync(call.Path("model"), call.Path("id"), call.Aborted)));
        routes.Get("/alerts", async call =>
            await call.ListAsync(await monitors.ListAlertsAsync(call.Query("model"), call.Aborted).Take(Limit(call)).ToListAsync(call.Aborted)));
    }

    private static async Task LatestAsync(Monitors monitors, ApiCall call)
    {
        string model = call.Path("model");
        ReportKind kind = Kind(call, ReportKind.Drift)!.Value;
        MonitorReport latest = await monitors.FindLatestAsync(model, kind, call.Aborted)
            ?? throw MlOpsException.NotFound("report-none", $"model '{model}' has no {Name(kind)} report yet: check now with POST, or with `mlops drift {model} --check`");
        await call.JsonAsync(await monitors.GetReportAsync(model, latest.Id, call.Aborted));
    }

    private static async Task CheckAsync(Monitors monitors, ApiCall call)
    {
        MonitorOutcome outcome = await monitors.CheckNowAsync(call.Path("model"), Kind(call, ReportKind.Drift)!.Value, call.Aborted);
        await call.JsonAsync(await monitors.GetReportAsync(call.Path("model"), outcome.Report.Id, call.Aborted));
    }

    private static async Task EndAsync(Monitors monitors, ApiCall call)
    {
        if (!await monitors.RemovePolicyAsync(call.Path("model"), null, call.Aborted))
            throw NotWatched(call);
        await call.NothingAsync();
    }

    private static MlOpsException NotWatched(ApiCall call) =>
        MlOpsException.NotFound("monitor-missing", $"model '{call.Path("model")}' is not watched: a pipeline with a 'monitoring' section puts a policy in force");

    private static int Limit(ApiCall call) => call.QueryNumber("limit", 1, MostItems) ?? DefaultItems;

    private static ReportKind? Kind(ApiCall call, ReportKind? otherwise) => call.Query("kind") switch
    {
        null => otherwise,
        "drift" => ReportKind.Drift,
        "performance" => ReportKind.Performance,
        { } text => throw MlOpsException.Invalid("query-invalid", $"the query parameter 'kind' is '{text}', expected drift or performance"),
    };

    private static string Name(ReportKind kind) => kind.ToString().ToLowerInvariant();
}
