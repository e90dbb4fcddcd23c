using MlOps.Api.Access;
using MlOps.Api.Datasets;
using MlOps.Api.Experiments;
using MlOps.Api.Http;
using MlOps.Api.Pipelines;
using MlOps.Api.Registry;
using MlOps.Api.Rollout;
using MlOps.Api.Serving;
using MlOps.Api.Webhooks;
using MlOps.Domain.Access;
using MlOps.Domain.Batch;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Gc;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Webhooks;

namespace MlOps.Api.OpenApi;

/// <summary>Routes by what they do. One that is not here is described by its path alone.</summary>
internal static class Operations
{
    private const string Text = "text/plain";
    private const string Bytes = "application/octet-stream";
    private const string Own = "/api/v1";

    private static readonly Dictionary<string, Operation> Known = new(StringComparer.Ordinal)
    {
        ["GET " + Own + "/datasets"] = List<DatasetVersion>("The latest version of each data set"),
        ["GET " + Own + "/datasets/{name}"] = One<DatasetView>("A version with the profiles of its columns", "version"),
        ["GET " + Own + "/datasets/{name}/versions"] = List<DatasetVersion>("Versions, newest first"),
        ["POST " + Own + "/datasets/{name}/versions"] = One<UploadAnswer>("Adds a version: the file is the body", "format", "delimiter", "source", "parent", "detail") with { BodyType = Bytes, Status = "201" },
        ["GET " + Own + "/datasets/{name}/versions/{version}/content"] = File("The file of a version"),
        ["GET " + Own + "/experiments"] = List<Experiment>("Experiments"),
        ["GET " + Own + "/experiments/{name}/runs"] = List<Run>("Runs, newest first, or those that a filter lets through in an order", "filter", "orderBy", "columns", "view", "count", "limit", "next"),
        ["GET " + Own + "/runs/{id}"] = One<Run>("A run"),
        ["PUT " + Own + "/runs/{id}"] = One<Run>("Begins a run under an id of the caller's; one of that id stays as it is") with { Body = typeof(RunBegin) },
        ["GET " + Own + "/runs/{id}/metrics/{name}"] = List<MetricPoint>("The history of a metric, of at most so many points", "points"),
        ["GET " + Own + "/runs/{id}/artifacts"] = List<Artifact>("Artifacts of a run"),
        ["GET " + Own + "/runs/{id}/artifacts/{path}"] = File("The content of an artifact"),
        ["GET " + Own + "/models"] = List<RegisteredModel>("Registered models"),
        ["GET " + Own + "/models/{name}"] = One<ModelView>("Versions, aliases and traffic of a model"),
        ["GET " + Own + "/models/{name}/events"] = List<ModelEvent>("Who changed what, newest first"),
        ["POST " + Own + "/models/{name}/versions"] = One<ImportedVersion>("Registers a model that another library trained: its file is the body", "file", "target", "features", "classes", "rounds", "evaluateOn", "trainedOn", "description") with { BodyType = Bytes, Status = "201" },
        ["GET " + Own + "/models/{name}/versions/{selector}"] = One<ModelVersion>("A version: 3, champion or latest"),
        ["GET " + Own + "/models/{name}/versions/{selector}/lineage"] = One<ModelLineageView>("From data set version to deployments"),
        ["GET " + Own + "/models/{name}/versions/{selector}/file"] = File("The model file; with format in that of another library") with { Query = ["format"] },
        ["PUT " + Own + "/models/{name}/aliases/{alias}"] = One<RegisteredModel>("Points an alias to a version") with { Body = typeof(AliasTarget) },
        ["DELETE " + Own + "/models/{name}"] = new("Deletes a model that has no endpoint, with its versions") { Status = "204" },
        ["DELETE " + Own + "/models/{name}/versions/{selector}"] = One<RegisteredModel>("Deletes a version without traffic, with its aliases: by its number"),
        ["GET " + Own + "/models/{name}/aliases/{alias}/history"] = List<AliasPeriod>("Where an alias pointed, newest first"),
        ["POST " + Own + "/models/{name}/aliases/{alias}/rollback"] = One<RegisteredModel>("Points an alias to where it was before") with { Body = typeof(AliasRollback), BodyRequired = false },
        ["DELETE " + Own + "/models/{name}/aliases/{alias}"] = One<RegisteredModel>("Removes an alias"),
        ["GET " + Own + "/pipelines"] = List<RegisteredPipeline>("Registered pipelines"),
        ["POST " + Own + "/pipelines"] = One<RegisteredPipeline>("Registers a pipeline file; run=true starts it too (202, the run)", "file", "run", "dataset") with { BodyType = "text/yaml" },
        ["POST " + Own + "/pipelines/validate"] = One<ValidPipeline>("Checks a pipeline file", "file") with { BodyType = "text/yaml" },
        ["GET " + Own + "/pipelines/{name}"] = One<RegisteredPipeline>("A pipeline"),
        ["GET " + Own + "/pipelines/{name}/document"] = File("Its YAML", "text/yaml"),
        ["GET " + Own + "/pipelines/{name}/runs"] = List<PipelineRun>("Its runs, newest first", "limit"),
        ["POST " + Own + "/pipelines/{name}/runs"] = One<PipelineRun>("Starts it", "dataset") with { Status = "202" },
        ["GET " + Own + "/pipeline-runs"] = List<PipelineRun>("Runs of all pipelines, newest first", "limit"),
        ["GET " + Own + "/pipeline-runs/{id}"] = One<PipelineRun>("A run with its steps"),
        ["POST " + Own + "/pipeline-runs/{id}/approve"] = One<PipelineRun>("Approves or declines what a run waits for") with { Body = typeof(ApprovalAnswer), BodyRequired = false },
        ["POST " + Own + "/pipeline-runs/{id}/cancel"] = One<PipelineRun>("Cancels it") with { Body = typeof(Decision), BodyRequired = false },
        ["POST " + Own + "/pipeline-runs/{id}/suspend"] = One<PipelineRun>("Suspends it"),
        ["POST " + Own + "/pipeline-runs/{id}/resume"] = One<PipelineRun>("Lets it go on"),
        ["POST " + Own + "/pipeline-runs/{id}/rerun"] = One<PipelineRun>("Runs it again from the step that failed"),
        ["GET " + Own + "/rollouts/{model}"] = One<RolloutView>("The newest rollout with its decisions"),
        ["GET " + Own + "/rollouts/{model}/history"] = List<RolloutStatus>("All rollouts"),
        ["POST " + Own + "/rollouts/{model}"] = One<RolloutView>("Starts a rollout") with { Body = typeof(RolloutStart), Status = "202" },
        ["POST " + Own + "/rollouts/{model}/plan"] = One<RolloutPlan>("How long a rollout would take") with { Body = typeof(RolloutPlanned) },
        ["POST " + Own + "/rollouts/{model}/promote"] = Steer("Gives it all traffic now"),
        ["POST " + Own + "/rollouts/{model}/rollback"] = Steer("Gives the traffic back"),
        ["POST " + Own + "/rollouts/{model}/approve"] = Steer("Approves what it waits for"),
        ["POST " + Own + "/rollouts/{model}/abort"] = Steer("Ends it"),
        ["POST " + Own + "/rollouts/{model}/pause"] = Steer("Pauses it"),
        ["POST " + Own + "/rollouts/{model}/resume"] = Steer("Lets it go on"),
        ["GET " + Own + "/endpoints"] = List<Endpoint>("What is served"),
        ["GET " + Own + "/endpoints/{model}"] = One<EndpointView>("Traffic, and numbers of each version", "minutes"),
        ["GET " + Own + "/endpoints/{model}/history"] = List<EndpointChange>("Past traffic"),
        ["POST " + Own + "/predictions/{model}"] = new("Predicts, in our own shape") { BodyComponent = ProtocolSchemas.OwnRequest, AnswerComponent = ProtocolSchemas.OwnAnswer },
        ["POST " + Own + "/feedback"] = One<FeedbackAnswer>("Takes ground truth and rewards, JSON, JSON lines or CSV", "model", "delimiter") with { Body = typeof(FeedbackRequest) },
        ["GET " + Own + "/feedback/{model}"] = One<FeedbackSummary>("What ground truth and rewards came", "days"),
        ["GET " + Own + "/endpoints/{model}/settings"] = One<EndpointSettings>("How the endpoint takes requests"),
        ["PUT " + Own + "/endpoints/{model}/settings"] = One<EndpointSettings>("Sets how the endpoint takes requests") with { Body = typeof(EndpointSettings) },
        ["GET " + Own + "/serving/models"] = One<ModelMemory>("The models in memory of the process that answers"),
        ["GET " + Own + "/endpoints/{model}/log"] = One<LogPolicyState>("What the prediction log keeps"),
        ["GET " + Own + "/endpoints/{model}/log/history"] = List<LogPolicyState>("Past policies of the log"),
        ["PUT " + Own + "/endpoints/{model}/log"] = One<LogPolicyState>("Sets what the prediction log keeps") with { Body = typeof(LogPolicyRequest) },
        ["GET " + Own + "/batch-predictions"] = List<BatchPrediction>("Batch predictions, newest first", "model", "limit"),
        ["POST " + Own + "/batch-predictions"] = One<BatchPrediction>("Predicts for a data set version") with { Body = typeof(BatchRequest), Status = "202" },
        ["GET " + Own + "/batch-predictions/{id}"] = One<BatchPrediction>("A batch prediction with its progress"),
        ["POST " + Own + "/batch-predictions/{id}/cancel"] = One<BatchPrediction>("Cancels it") with { Body = typeof(Decision), BodyRequired = false },
        ["POST " + Own + "/batch-predictions/{id}/rerun"] = One<BatchPrediction>("Runs what is left of it again"),
        ["GET " + Own + "/batch-predictions/{id}/output"] = File("Its output, or the list of its parts"),
        ["GET " + Own + "/batch-predictions/{id}/output/{part}"] = File("A part of its output"),
        ["GET " + Own + "/drift/{model}"] = One<FullReport>("The newest report", "kind"),
        ["POST " + Own + "/drift/{model}"] = One<FullReport>("Checks now", "kind"),
        ["GET " + Own + "/drift/{model}/policy"] = One<MonitorState>("What watches the model"),
        ["DELETE " + Own + "/drift/{model}/policy"] = new("Ends the watch") { AnswerType = null, Status = "204" },
        ["GET " + Own + "/drift/{model}/reports"] = List<MonitorReport>("Reports, newest first", "kind", "limit"),
        ["GET " + Own + "/drift/{model}/reports/{id}"] = One<FullReport>("A report in full"),
        ["GET " + Own + "/alerts"] = List<Alert>("Alerts, newest first", "model", "limit"),
        ["POST " + Own + "/gc"] = One<GcPage>("Removes for good what was deleted long ago; again with after=next until there is no next") with { Body = typeof(GcRequest) },
        ["GET " + Own + "/webhooks"] = List<WebhookView>("Who is told of changes of the registry, newest first", "limit", "next"),
        ["POST " + Own + "/webhooks"] = One<WebhookView>("Makes a webhook; its secret is never shown") with { Body = typeof(WebhookRequest), Status = "201" },
        ["GET " + Own + "/webhooks/{id}"] = One<WebhookView>("A webhook"),
        ["PATCH " + Own + "/webhooks/{id}"] = One<WebhookView>("Changes a webhook; what is left out stays") with { Body = typeof(WebhookRequest) },
        ["DELETE " + Own + "/webhooks/{id}"] = new("Deletes a webhook with what waits for it") { Status = "204" },
        ["POST " + Own + "/webhooks/{id}/test"] = One<WebhookTest>("Sends it an example and says what it answered") with { Body = typeof(WebhookTrial), BodyRequired = false },
        ["GET " + Own + "/tokens"] = List<AccessToken>("Access tokens, without their texts"),
        ["POST " + Own + "/tokens"] = One<TokenCreated>("Makes a token, which is shown once") with { Body = typeof(TokenRequest) },
        ["GET /health"] = new("Whether the process answers") { AnswerType = Text },
        ["GET /health/live"] = new("Whether the process answers"),
        ["GET /health/ready"] = new("Whether its store answers too, and a model that is served"),
        ["GET /v2"] = new("Name, version and extensions of the server"),
        ["GET /v2/models"] = new("Names of what is served"),
        ["GET /v2/models/{model}"] = new("Inputs and outputs of a model"),
        ["GET /v2/models/{model}/versions/{version}"] = new("Inputs and outputs of a version, or of an alias"),
        ["POST /v2/repository/index"] = new("Which versions with traffic are in memory") { BodyRequired = false },
        ["POST /v2/repository/models/{model}/load"] = new("Loads a model before its first request would") { BodyRequired = false },
        ["POST /v2/repository/models/{model}/unload"] = new("Lets a model go from memory") { BodyRequired = false },
        ["GET /v2/models/{model}/ready"] = new("Whether a model could answer"),
        ["POST /v2/models/{model}/infer"] = new("Predicts for tensors, JSON or binary") { BodyComponent = ProtocolSchemas.InferRequest, AnswerComponent = ProtocolSchemas.InferResponse },
        ["POST /v2/models/{model}/versions/{version}/infer"] = new("Predicts with a version, or an alias") { BodyComponent = ProtocolSchemas.InferRequest, AnswerComponent = ProtocolSchemas.InferResponse },
        ["GET /v1/models"] = new("Names of what is served"),
        ["POST /v1/models/{model}:{verb}"] = new("predict, classify, regress or explain") { BodyComponent = ProtocolSchemas.PredictRequest, AnswerComponent = ProtocolSchemas.PredictAnswer },
        ["POST /v1/models/{model}/versions/{version}:{verb}"] = new("predict, classify, regress or explain with a version") { BodyComponent = ProtocolSchemas.PredictRequest, AnswerComponent = ProtocolSchemas.PredictAnswer },
        ["POST /v1/models/{model}/labels/{label}:{verb}"] = new("predict, classify, regress or explain with an alias") { BodyComponent = ProtocolSchemas.PredictRequest, AnswerComponent = ProtocolSchemas.PredictAnswer },
        ["GET /"] = new("Whether the process answers"),
        ["POST /score"] = new("Predicts for 'input_data', as Azure Machine Learning does for MLflow models") { Query = ["model"] },
        ["POST /predict"] = new("Predicts for one row or a list of rows") { BodyComponent = ProtocolSchemas.PlainRequest, AnswerComponent = ProtocolSchemas.PlainAnswer, Query = ["model"] },
        ["POST /invocations"] = new("Predicts for a data frame, JSON or CSV") { BodyComponent = ProtocolSchemas.Invocation, AnswerComponent = ProtocolSchemas.InvocationAnswer, Query = ["model"] },
        ["POST /endpoints/{endpoint}/invocations"] = new("Predicts as SageMaker's runtime does") { BodyComponent = ProtocolSchemas.Invocation, AnswerComponent = ProtocolSchemas.InvocationAnswer },
        ["GET /ping"] = new("Whether the model could answer") { AnswerType = Text },
        ["GET /version"] = new("The server's version") { AnswerType = Text },
        ["GET /openapi"] = new("A page to try the API") { AnswerType = "text/html" },
        ["GET /openapi/v1.json"] = new("This document"),
    };

    /// <summary>Routes that are described here, for the test that none is gone.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    public static Operation Of(MappedRoute route) =>
        Known.TryGetValue($"{route.Method} {route.Template}", out Operation? known) ? known : new Operation($"{route.Method} {route.Template}");

    private static Operation One<T>(string summary, params string[] query) => new(summary) { Answer = typeof(T), Query = query };

    private static Operation List<T>(string summary, params string[] query) => One<T>(summary, query) with { IsList = true };

    private static Operation File(string summary, string type = Bytes) => new(summary) { AnswerType = type };

    private static Operation Steer(string summary) => One<RolloutView>(summary) with { Body = typeof(Decision), BodyRequired = false };
}
