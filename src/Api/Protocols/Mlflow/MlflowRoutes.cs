using MlOps.Api.Http;
using MlOps.Api.Protocols.Mlflow.Graph;
using MlOps.Api.Protocols.Mlflow.Otlp;
using MlOps.Domain;
using MlOps.Domain.Access;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// MLflow's REST API. Each path is served twice, as clients ask (<c>/api/2.0/mlflow/...</c>) and as MLflow's web UI does
/// (<c>/ajax-api/2.0/mlflow/...</c>). What can be taken back, or takes off a tag, contributors may; to delete files an admin is needed.
/// </summary>
internal static class MlflowRoutes
{
    /// <param name="at">Routes below a prefix, with the protocol's errors.</param>
    public static void Map(Func<string, ApiRoutes> at, Platform platform, ApiOptions options)
    {
        var artifacts = new ArtifactCalls(platform.Experiments);
        var assessments = new AssessmentCalls(platform.Experiments.Traces, platform.Ports.Ids, platform.Ports.Time);
        var traces = new TraceCalls(platform.Experiments.Traces, assessments, platform.Ports.Ids);
        var traceMetrics = new TraceMetricCalls(platform.Experiments.Traces.Metrics);
        var correlations = new TraceCorrelationCalls(platform.Experiments.Traces.Correlations);
        foreach (string prefix in (string[])["/api", "/ajax-api"])
        {
            MapTracking(at(prefix + "/2.0/mlflow"), platform);
            MapUploads(at(prefix + "/2.0/mlflow-artifacts/mpu"), new UploadCalls(platform.Experiments.Uploads, platform.Ports.Ids));
            MapArtifacts(at(prefix + "/2.0/mlflow-artifacts"), at(prefix + "/2.0/mlflow"), artifacts);
            ModelAndTraceRoutes.MapModels(at(prefix + "/2.0/mlflow"), new LoggedModelCalls(platform.Experiments, platform.Ports.Ids), artifacts);
            ModelAndTraceRoutes.MapTraces2(at(prefix + "/2.0/mlflow"), traces);
            ModelAndTraceRoutes.MapTraces3(at(prefix + "/3.0/mlflow"), traces, assessments, traceMetrics, correlations);
            RegistryRoutes.Map(at(prefix + "/2.0/mlflow"), platform);
            WebhookCalls.Map(at(prefix + "/2.0/mlflow"), new WebhookCalls(platform.Webhooks));
            EvaluationDatasetCalls.Map(at(prefix + "/3.0/mlflow"), new EvaluationDatasetCalls(platform.EvaluationDatasets, platform.Ports.Ids));
            ScorerCalls.Map(at(prefix + "/3.0/mlflow"), new ScorerCalls(platform.Experiments.Scorers, platform.Ports.Ids));
            IssueCalls.Map(at(prefix + "/3.0/mlflow"), new IssueCalls(platform.Experiments.Issues, platform.Ports.Ids, platform.Ports.Time));
            AbsentPartCalls.Map(at(prefix + "/3.0/mlflow"));
            at(prefix + "/3.0/mlflow").Get("/server-info", ServerInfoAsync);
            at(prefix + "/2.0").Otherwise();
            at(prefix + "/3.0").Otherwise();
        }

        WebUiCalls.Map(at);
        AbsentPartCalls.MapJobs(at("/ajax-api/3.0/mlflow"));
        if (options.MlflowUi is { } folder)
            WebUi.Of(folder).Map(at(""));
        var metrics = new MetricCalls(platform.Experiments);
        at("/ajax-api/2.0/mlflow").Get("/metrics/get-history-bulk", MlflowCall.OfQuery(metrics.BulkAsync));
        at("/ajax-api/2.0/mlflow").Upload("/upload-artifact", MlflowCall.OfQuery(artifacts.UploadToRunAsync));
        at("").Post("/graphql", MlflowCall.OfBody(new GraphCalls(platform).QueryAsync), Role.Viewer);
        at("").Post("/v1/traces", new OtlpCalls(platform.Experiments.Traces.Spans, options).ReceiveAsync);
        at("").Get("/get-artifact", MlflowCall.OfQuery(artifacts.GetOfRunAsync));
        at("").Get("/model-versions/get-artifact", MlflowCall.OfQuery(new ModelVersionCalls(platform).FileAsync));
    }

    private static void MapTracking(ApiRoutes routes, Platform platform)
    {
        MapExperiments(routes, new ExperimentCalls(platform.Experiments.Catalog));
        MapRuns(routes, new RunCalls(platform.Experiments, platform.Ports.Ids, platform.Ports.Time));
        MapLogging(routes, new LogCalls(platform.Experiments), new InputCalls(platform.Experiments));
        var search = new SearchCalls(platform.Experiments);
        routes.Post("/experiments/search", MlflowCall.OfBody(search.ExperimentsAsync), Role.Viewer);
        routes.Get("/experiments/search", MlflowCall.OfQuery(search.ExperimentsAsync));
        routes.Post("/experiments/search-datasets", MlflowCall.OfBody(search.DatasetsAsync), Role.Viewer);
        routes.Post("/runs/search", MlflowCall.OfBody(search.RunsAsync), Role.Viewer);
        var metrics = new MetricCalls(platform.Experiments);
        routes.Get("/metrics/get-history", MlflowCall.OfQuery(metrics.HistoryAsync));
        routes.Get("/metrics/get-history-bulk-interval", MlflowCall.OfQuery(metrics.IntervalAsync));
    }

    private static void MapArtifacts(ApiRoutes proxy, ApiRoutes mlflow, ArtifactCalls calls)
    {
        proxy.Get("/artifacts", MlflowCall.OfQuery(calls.ListAsync));
        proxy.Get("/artifacts/{**path}", calls.DownloadAsync);
        proxy.UploadPut("/artifacts/{**path}", calls.UploadAsync);
        proxy.Delete("/artifacts/{**path}", calls.DeleteAsync);
        proxy.Get("/presigned/{**path}", calls.NotOfferedAsync);
        proxy.Get("/mpd/presigned/{**path}", calls.NotOfferedAsync);
        mlflow.Get("/artifacts/list", MlflowCall.OfQuery(calls.ListOfRunAsync));
    }

    private static void MapUploads(ApiRoutes routes, UploadCalls calls)
    {
        routes.Post("/create/{**path}", MlflowCall.OfBody(calls.CreateAsync));
        routes.Post("/complete/{**path}", MlflowCall.OfBody(calls.CompleteAsync));
        routes.Post("/abort/{**path}", MlflowCall.OfBody(calls.AbortAsync));
        routes.UploadPut("/parts/{upload}/{part}", calls.PartAsync);
    }

    private static void MapExperiments(ApiRoutes routes, ExperimentCalls calls)
    {
        routes.Post("/experiments/create", MlflowCall.OfBody(calls.CreateAsync));
        routes.Get("/experiments/get", MlflowCall.OfQuery(calls.GetAsync));
        routes.Get("/experiments/get-by-name", MlflowCall.OfQuery(calls.GetByNameAsync));
        routes.Post("/experiments/update", MlflowCall.OfBody(calls.UpdateAsync));
        routes.Post("/experiments/delete", MlflowCall.OfBody(calls.DeleteAsync));
        routes.Post("/experiments/restore", MlflowCall.OfBody(calls.RestoreAsync));
        routes.Post("/experiments/set-experiment-tag", MlflowCall.OfBody(calls.SetTagAsync));
        routes.Post("/experiments/delete-experiment-tag", MlflowCall.OfBody(calls.DeleteTagAsync));
    }

    private static void MapRuns(ApiRoutes routes, RunCalls calls)
    {
        routes.Post("/runs/create", MlflowCall.OfBody(calls.CreateAsync));
        routes.Get("/runs/get", MlflowCall.OfQuery(calls.GetAsync));
        routes.Post("/runs/update", MlflowCall.OfBody(calls.UpdateAsync));
        routes.Post("/runs/delete", MlflowCall.OfBody(calls.DeleteAsync));
        routes.Post("/runs/restore", MlflowCall.OfBody(calls.RestoreAsync));
    }

    private static void MapLogging(ApiRoutes routes, LogCalls log, InputCalls inputs)
    {
        routes.Post("/runs/log-metric", MlflowCall.OfBody(log.MetricAsync, log.PlainMetricAsync));
        routes.Post("/runs/log-parameter", MlflowCall.OfBody(log.ParameterAsync));
        routes.Post("/runs/set-tag", MlflowCall.OfBody(log.SetTagAsync));
        routes.Post("/runs/delete-tag", MlflowCall.OfBody(log.DeleteTagAsync));
        routes.Post("/runs/log-batch", MlflowCall.OfBody(log.BatchAsync, log.PlainBatchAsync), Role.Contributor, MlflowLimits.EscapedBatchBytes);
        routes.Post("/runs/log-model", MlflowCall.OfBody(log.ModelAsync));
        routes.Post("/runs/log-inputs", MlflowCall.OfBody(inputs.LogInputsAsync));
        routes.Post("/runs/outputs", MlflowCall.OfBody(inputs.LogOutputsAsync));
    }

    /// <summary>Clients ask whether the server knows workspaces; it does not.</summary>
    private static Task ServerInfoAsync(ApiCall call) => MlflowCall.AnswerAsync(call, 0, static (json, _) =>
    {
        json.WriteString("store_type"u8, "SqlStore"u8);
        json.WriteBoolean("workspaces_enabled"u8, false);
    });
}
