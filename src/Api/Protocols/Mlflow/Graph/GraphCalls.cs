using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Registry;
using MlOps.Domain.Registry.Search;

namespace MlOps.Api.Protocols.Mlflow.Graph;

/// <summary>
/// What <c>POST /graphql</c> answers: the queries that MLflow's UI makes for a run's page. An error of one field is its <c>apiError</c>, as
/// that UI expects.
/// </summary>
internal sealed class GraphCalls(Platform platform)
{
    private const string Roots = "mlflowGetRun, mlflowSearchRuns, mlflowGetExperiment, mlflowGetMetricHistoryBulkInterval, mlflowSearchModelVersions, mlflowSearchDatasets, mlflowListArtifacts";

    private readonly ExperimentTracker _tracker = platform.Experiments;
    private readonly MetricCalls _metrics = new(platform.Experiments);

    public async Task QueryAsync(ApiCall call, MlflowFields fields)
    {
        JsonObject variables = fields.Element("variables") is { ValueKind: JsonValueKind.Object } given ? JsonObject.Create(given)! : [];
        string? operation = fields.Text("operationName") is { Length: > 0 } named ? named : null;
        var budget = new GraphBudget();
        var data = new JsonObject();
        foreach (GraphField field in GraphQuery.Read(fields.RequiredText("query"), operation, variables))
            data[field.Alias] = field.Name == GraphTypes.Field ? "Query" : await AnswerAsync(field, budget, call.Aborted);
        await MlflowCall.AnswerAsync(call, data, static (json, answer) =>
        {
            json.WritePropertyName("data"u8);
            answer.WriteTo(json);
            json.WriteNull("errors"u8);
        });
    }

    private async Task<JsonNode?> AnswerAsync(GraphField field, GraphBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            budget.Check(field.Alias);
            JsonObject input = GraphAnswer.Snake(field.Arguments["input"]) as JsonObject ?? [];
            using JsonDocument fields = JsonSerializer.SerializeToDocument(input);
            using JsonDocument answer = await ResolveAsync(field, new MlflowFields(fields.RootElement), budget.Left, cancellationToken);
            budget.Take(answer);
            return GraphAnswer.Of(answer.RootElement, field.Fields, GraphTypes.OfRoot(field.Name));
        }
        catch (MlOpsException e) when (e.Code != GraphError.Code)
        {
            var error = new { api_error = new { code = MlflowErrors.Of(e.Code, e.Kind == ErrorKind.NotFound ? 404 : e.Kind == ErrorKind.Unavailable ? 503 : 400).Name, message = e.Message } };
            return GraphAnswer.Of(JsonSerializer.SerializeToElement(error), field.Fields, GraphTypes.OfRoot(field.Name));
        }
    }

    /// <param name="left">Bytes that the answer may take.</param>
    private Task<JsonDocument> ResolveAsync(GraphField field, MlflowFields fields, int left, CancellationToken cancellationToken) => field.Name switch
    {
        "mlflowGetRun" => RunAsync(fields, field.Asks("run", "modelVersions"), cancellationToken),
        "mlflowSearchRuns" => RunsAsync(fields, GraphColumns.Of(field), left, cancellationToken),
        "mlflowGetExperiment" => ExperimentAsync(fields, cancellationToken),
        "mlflowGetMetricHistoryBulkInterval" => MetricsAsync(fields, cancellationToken),
        "mlflowSearchModelVersions" => VersionsAsync(fields, cancellationToken),
        "mlflowSearchDatasets" => DatasetsAsync(fields, cancellationToken),
        "mlflowListArtifacts" => ArtifactsAsync(fields, cancellationToken),
        _ => throw GraphError.Of($"there is no '{field.Name}': {Roots}"),
    };

    private async Task<JsonDocument> RunAsync(MlflowFields fields, bool withVersions, CancellationToken cancellationToken)
    {
        Run run = await _tracker.GetRunAsync(RunCalls.IdOf(fields), cancellationToken);
        Experiment experiment = await _tracker.Catalog.GetAsync(run.ExperimentId, cancellationToken);
        IReadOnlyList<ModelVersion> versions = withVersions ? (await platform.Registry.Search.VersionsAsync(new RegistryQuery { Filter = $"run_id = '{run.Id}'" }, cancellationToken)).Items : [];
        return Written(json =>
        {
            json.WritePropertyName("run"u8);
            Write(json, run, experiment, versions);
        });
    }

    private async Task<JsonDocument> RunsAsync(MlflowFields fields, RunColumns columns, int left, CancellationToken cancellationToken)
    {
        RunPage page = await _tracker.Search.SearchAsync(SearchCalls.QueryOf(fields) with { Columns = columns, HeldBytes = left }, cancellationToken);
        var experiments = new Dictionary<string, Experiment>(StringComparer.Ordinal);
        foreach (string id in page.Runs.Select(r => r.ExperimentId).Distinct())
            experiments[id] = await _tracker.Catalog.GetAsync(id, cancellationToken);
        return Written(json =>
        {
            json.WriteStartArray("runs"u8);
            foreach (Run run in page.Runs)
                Write(json, run, experiments[run.ExperimentId], []);
            json.WriteEndArray();
            if (page.Continuation is not null)
                json.WriteString("next_page_token"u8, page.Continuation);
        });
    }

    private async Task<JsonDocument> ExperimentAsync(MlflowFields fields, CancellationToken cancellationToken)
    {
        Experiment experiment = await _tracker.Catalog.GetAsync(fields.RequiredText("experiment_id"), cancellationToken);
        return Written(json =>
        {
            json.WritePropertyName("experiment"u8);
            MlflowJson.Experiment(json, experiment);
        });
    }

    private async Task<JsonDocument> VersionsAsync(MlflowFields fields, CancellationToken cancellationToken)
    {
        RegistryPage<ModelVersion> page = await platform.Registry.Search.VersionsAsync(RegistryFields.Query(fields, ModelVersionCalls.Most, ModelVersionCalls.Most), cancellationToken);
        return Written(json =>
        {
            Versions(json, page.Items);
            if (page.Continuation is not null)
                json.WriteString("next_page_token"u8, page.Continuation);
        });
    }

    private async Task<JsonDocument> DatasetsAsync(MlflowFields fields, CancellationToken cancellationToken)
    {
        IReadOnlyList<DatasetSummary> datasets = await SearchCalls.DatasetsAsync(_tracker, fields, cancellationToken);
        return Written(json =>
        {
            json.WriteStartArray("dataset_summaries"u8);
            foreach (DatasetSummary dataset in datasets)
                MlflowJson.Dataset(json, dataset);
            json.WriteEndArray();
        });
    }

    private async Task<JsonDocument> ArtifactsAsync(MlflowFields fields, CancellationToken cancellationToken)
    {
        ArtifactFolder folder = await ArtifactCalls.FolderAsync(_tracker, fields, cancellationToken);
        return Written(json => ArtifactCalls.Write(json, folder));
    }

    private async Task<JsonDocument> MetricsAsync(MlflowFields fields, CancellationToken cancellationToken)
    {
        List<(string Run, IReadOnlyList<MetricPoint> Points)> sampled = await _metrics.SampledAsync(fields, cancellationToken);
        return Written(json => MetricCalls.Write(json, sampled));
    }

    /// <summary>As the REST API has a run, and with its experiment and what was registered of it.</summary>
    private static void Write(Utf8JsonWriter json, Run run, Experiment experiment, IReadOnlyList<ModelVersion> versions)
    {
        json.WriteStartObject();
        MlflowJson.Parts(json, run);
        json.WritePropertyName("experiment"u8);
        MlflowJson.Experiment(json, experiment);
        Versions(json, versions);
        json.WriteEndObject();
    }

    private static void Versions(Utf8JsonWriter json, IReadOnlyList<ModelVersion> versions)
    {
        json.WriteStartArray("model_versions"u8);
        foreach (ModelVersion version in versions)
            RegistryJson.Version(json, version);
        json.WriteEndArray();
    }

    private static JsonDocument Written(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = MlflowJson.Encoder }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return JsonDocument.Parse(bytes.WrittenMemory);
    }
}
