using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Domain.Experiments;

namespace MlOps.Cli.Moving;

/// <summary>An MLflow server, or one of ours.</summary>
internal sealed class RestSource(MlflowRest rest) : IMoveSource
{
    private const int ExperimentsPerPage = 1_000;

    /// <summary>A run has hundreds of values; a page is held in memory.</summary>
    private const int RunsPerPage = 100;
    private const int PointsPerPage = 5_000;

    public string Name => rest.Name;

    public bool HasArtifacts => true;

    public IAsyncEnumerable<MovedExperiment> ExperimentsAsync(CancellationToken cancellationToken) =>
        PagesAsync("experiments", token => rest.PostAsync("experiments/search", new { MaxResults = ExperimentsPerPage, ViewType = "ALL", PageToken = token }, cancellationToken))
            .Select(MlflowAnswers.Experiment);

    /// <summary>Oldest start first, so that what is added meanwhile comes behind.</summary>
    public IAsyncEnumerable<MovedRun> RunsAsync(MovedExperiment experiment, CancellationToken cancellationToken) =>
        PagesAsync("runs", token => rest.PostAsync(
            "runs/search",
            new { ExperimentIds = new[] { experiment.Id }, RunViewType = "ALL", MaxResults = RunsPerPage, OrderBy = new[] { "attributes.start_time ASC" }, PageToken = token },
            cancellationToken)).Select(MlflowAnswers.Run);

    public async Task<MovedRun?> FindRunAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            JsonElement answer = await rest.GetAsync("runs/get", [("run_id", id)], cancellationToken);
            return MlflowAnswers.Run(answer.GetProperty("run"));
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    public async IAsyncEnumerable<MovedPoint> HistoryAsync(MovedRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (MovedPoint metric in run.Latest)
        {
            IAsyncEnumerable<JsonElement> points = PagesAsync("metrics", token => rest.GetAsync(
                "metrics/get-history",
                [("run_id", run.Id), ("run_uuid", run.Id), ("metric_key", metric.Key), ("max_results", PointsPerPage.ToString(CultureInfo.InvariantCulture)), ("page_token", token)],
                cancellationToken));
            await foreach (JsonElement point in points.WithCancellation(cancellationToken))
                yield return MlflowAnswers.Point(point);
        }
    }

    /// <summary>As the server lists them, which reaches wherever it can read.</summary>
    public async IAsyncEnumerable<MovedFile> FilesAsync(MovedRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folders = new Stack<string?>([null]);
        while (folders.TryPop(out string? folder))
        {
            await foreach (JsonElement file in ListAsync(run, folder, cancellationToken))
            {
                string path = file.Text("path") ?? "";
                if (!IsBelow(path, folder))
                    throw MlOpsException.Invalid("artifact-path", $"{Name} lists the artifact '{path}' of run {run.Id} in folder '{folder}', where it cannot be");
                if (file.TryGetProperty("is_dir", out JsonElement isFolder) && isFolder.ValueKind == JsonValueKind.True)
                    folders.Push(path);
                else
                    yield return new MovedFile(path, file.Integer("file_size"));
            }
        }
    }

    /// <summary>By the proxy where the run's place is the server's own, else through the server's reader of any place.</summary>
    public Task<MovedContent> OpenAsync(MovedRun run, string path, CancellationToken cancellationToken) => rest.OpenAsync(
        ArtifactUris.PathOf(run.ArtifactUri) is { } root
            ? $"api/2.0/mlflow-artifacts/artifacts/{MlflowRest.Escape($"{root}/{path}")}"
            : $"get-artifact?run_id={run.Id}&run_uuid={run.Id}&path={Uri.EscapeDataString(path)}",
        cancellationToken);

    private async IAsyncEnumerable<JsonElement> ListAsync(MovedRun run, string? folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerable<JsonElement> files = PagesAsync("files", token => rest.GetAsync("artifacts/list", [("run_id", run.Id), ("run_uuid", run.Id), ("path", folder), ("page_token", token)], cancellationToken));
        await using IAsyncEnumerator<JsonElement> at = files.GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(at, run))
            yield return at.Current;
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<JsonElement> files, MovedRun run)
    {
        try
        {
            return await files.MoveNextAsync();
        }
        catch (MlOpsException e) when (e.Kind is not (ErrorKind.Unavailable or ErrorKind.Refused) && ArtifactUris.PathOf(run.ArtifactUri) is null)
        {
            throw new MlOpsException(ErrorKind.NotFound, "artifacts-elsewhere", $"the artifacts are in {run.ArtifactUri}, which the server cannot read: {e.Message}", e);
        }
    }

    private static async IAsyncEnumerable<JsonElement> PagesAsync(string list, Func<string?, Task<JsonElement>> page)
    {
        string? token = null;
        do
        {
            JsonElement answer = await page(token);
            foreach (JsonElement item in answer.Items(list))
                yield return item;
            // A token that comes back would be asked for ever.
            string? next = answer.Text("next_page_token") is { Length: > 0 } text ? text : null;
            token = next == token ? null : next;
        }
        while (token is not null);
    }

    private static bool IsBelow(string path, string? folder) =>
        path.Length > 0 && (folder is null || path.StartsWith(folder + "/", StringComparison.Ordinal)) && path.Split('/').All(p => p is not ("" or "." or ".."));
}
