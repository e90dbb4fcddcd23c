using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MlOps.Cli.Moving.Traces;

/// <summary>Reads traces of a server, by version 3 of MLflow's API and, of a server that has only that, by version 2.</summary>
internal static class TraceAnswers
{
    public const string Calls = "api/3.0/mlflow/traces";

    private const int PageSize = 100;

    /// <summary>All of an experiment, newest first: what is added meanwhile shifts none out of sight.</summary>
    public static async IAsyncEnumerable<MovedTrace> SearchAsync(MlflowRest rest, string experimentId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isOld = false;
        var locations = new[] { new { Type = "MLFLOW_EXPERIMENT", MlflowExperiment = new { ExperimentId = experimentId } } };
        IAsyncEnumerable<JsonElement> pages = MlflowRest.PagesAsync("traces", async token =>
        {
            try
            {
                if (!isOld)
                    return await rest.PostAsync(Calls + "/search", new { Locations = locations, MaxResults = PageSize, PageToken = token }, cancellationToken);
            }
            catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound && token is null)
            {
                isOld = true;
            }

            return await OldPageAsync(rest, experimentId, token, cancellationToken);
        });
        await foreach (JsonElement trace in pages)
            yield return isOld ? OldTrace(trace) : Trace(trace);
    }

    /// <summary>Null when there is none.</summary>
    public static async Task<MovedTrace?> FindAsync(MlflowRest rest, string id, CancellationToken cancellationToken)
    {
        try
        {
            return Trace((await rest.GetAsync($"{Calls}/{Uri.EscapeDataString(id)}", [], cancellationToken)).Part("trace").Part("trace_info"));
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>The file of its spans; null when the server has none, or cannot read it.</summary>
    public static async Task<MovedContent?> OpenSpansAsync(MlflowRest rest, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await rest.OpenAsync($"ajax-api/2.0/mlflow/get-trace-artifact?request_id={Uri.EscapeDataString(id)}", cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
        {
            return null;
        }
    }

    public static MovedTrace Trace(JsonElement info) => new(info.Text("trace_id") ?? "", JsonObject.Create(info) ?? []);

    private static async Task<JsonElement> OldPageAsync(MlflowRest rest, string experimentId, string? token, CancellationToken cancellationToken)
    {
        try
        {
            return await rest.GetAsync("traces", [("experiment_ids", experimentId), ("max_results", PageSize.ToString(CultureInfo.InvariantCulture)), ("page_token", token)], cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return default;
        }
    }

    private static MovedTrace OldTrace(JsonElement info) => TraceFields.Of(
        info.Text("request_id") ?? "", info.Integer("timestamp_ms") ?? 0, info.Integer("execution_time_ms"), info.Text("status"), info.Pairs("request_metadata"), info.Pairs("tags"));
}
