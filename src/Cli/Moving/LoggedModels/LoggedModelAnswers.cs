using System.Text.Json;

namespace MlOps.Cli.Moving.LoggedModels;

/// <summary>Reads logged models as MLflow's API answers them.</summary>
internal static class LoggedModelAnswers
{
    private const int PageSize = 100;

    /// <summary>All of an experiment, newest first; none of a server that knows no logged models.</summary>
    public static IAsyncEnumerable<MovedModel> SearchAsync(MlflowRest rest, string experimentId, CancellationToken cancellationToken) => MlflowRest.PagesAsync("models", async token =>
    {
        try
        {
            return await rest.PostAsync("logged-models/search", new { ExperimentIds = new[] { experimentId }, MaxResults = PageSize, PageToken = token }, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return default;
        }
    }).Select(Model);

    /// <summary>Whether the server has logged models, as MLflow's has from version 3.</summary>
    public static async Task<bool> AreOfferedAsync(MlflowRest rest, string experimentId, CancellationToken cancellationToken)
    {
        try
        {
            await rest.PostAsync("logged-models/search", new { ExperimentIds = new[] { experimentId }, MaxResults = 1 }, cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return false;
        }
    }

    /// <summary>Null when there is none.</summary>
    public static async Task<MovedModel?> FindAsync(MlflowRest rest, string id, CancellationToken cancellationToken)
    {
        try
        {
            return Model((await rest.GetAsync(Path(id), [], cancellationToken)).GetProperty("model"));
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    public static string Path(string id) => $"logged-models/{Uri.EscapeDataString(id)}";

    public static MovedModel Model(JsonElement json)
    {
        JsonElement info = json.Part("info");
        string id = info.Text("model_id") ?? "";
        try
        {
            return Model(id, info, json.Part("data"));
        }
        catch (Exception e) when (StrangeValues.AreIn(e))
        {
            return MovedModel.Strange(id, e);
        }
    }

    private static MovedModel Model(string id, JsonElement info, JsonElement data) => new(
        id, info.Text("name") ?? id, info.Text("model_type") is { Length: > 0 } type ? type : null, StatusOf(info), info.Integer("creation_timestamp_ms") ?? 0,
        info.Text("source_run_id") is { Length: > 0 } run ? run : null, info.Text("artifact_uri") ?? "", data.Pairs("params"), info.Pairs("tags"),
        [.. data.Items("metrics").Select(m => new MovedModelMetric(m.Text("run_id") ?? "", MlflowAnswers.Point(m), NullIfEmpty(m.Text("dataset_name")), NullIfEmpty(m.Text("dataset_digest"))))])
    {
        ExperimentId = info.Text("experiment_id"),
    };

    private static string StatusOf(JsonElement info) => info.Text("status") ?? Statuses.Of(info.Integer("status"));

    private static string? NullIfEmpty(string? text) => text is { Length: > 0 } ? text : null;
}

/// <summary>Numbers that MLflow's database has for what a logged model's files are.</summary>
internal static class Statuses
{
    public static string Of(long? number) => number switch
    {
        1 => "LOGGED_MODEL_PENDING",
        2 => MovedModel.Ready,
        3 => MovedModel.UploadFailed,
        _ => "LOGGED_MODEL_STATUS_UNSPECIFIED",
    };
}
