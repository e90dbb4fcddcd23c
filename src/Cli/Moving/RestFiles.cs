using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Experiments;

namespace MlOps.Cli.Moving;

/// <summary>Artifacts of runs and logged models, as a server lists and sends them.</summary>
internal sealed class RestFiles(MlflowRest rest)
{
    /// <summary>As the server lists them, which reaches wherever it can read.</summary>
    /// <exception cref="MlOpsException">NotFound <c>artifacts-elsewhere</c>; Invalid <c>artifact-path</c>.</exception>
    public async IAsyncEnumerable<MovedFile> ListAsync(MovedPlace place, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folders = new Stack<string?>([null]);
        while (folders.TryPop(out string? folder))
        {
            await foreach (JsonElement file in ListAsync(place, folder, cancellationToken))
            {
                string path = file.Text("path") ?? "";
                if (!IsBelow(path, folder))
                    throw MlOpsException.Invalid("artifact-path", $"{rest.Name} lists the artifact '{path}' of {place} in folder '{folder}', where it cannot be");
                if (file.TryGetProperty("is_dir", out JsonElement isFolder) && isFolder.ValueKind == JsonValueKind.True)
                    folders.Push(path);
                else
                    yield return new MovedFile(path, file.Integer("file_size"));
            }
        }
    }

    /// <summary>
    /// By the proxy where the place is the server's own, else through the server's reader of any place; this also where MLflow's proxy fails
    /// over a name that is not ASCII.
    /// </summary>
    public async Task<MovedContent> OpenAsync(MovedPlace place, string path, CancellationToken cancellationToken)
    {
        if (ArtifactUris.PathOf(place.ArtifactUri) is not { } root)
            return await rest.OpenAsync(ReaderOf(place, path), cancellationToken);
        try
        {
            return await rest.OpenAsync(ProxyOf($"{root}/{path}"), cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.Invalid && !Ascii.IsValid(path))
        {
            return await rest.OpenAsync(ReaderOf(place, path), cancellationToken);
        }
    }

    /// <exception cref="MlOpsException">NotFound <c>artifacts-elsewhere</c>: the server has no proxy for them.</exception>
    public async Task UploadAsync(MovedPlace place, string path, MovedContent content, CancellationToken cancellationToken)
    {
        string root = ArtifactUris.PathOf(place.ArtifactUri) ?? throw MlOpsException.NotFound(
            "artifacts-elsewhere", $"{rest.Name} keeps artifacts of the {place.Kind.ToString().ToLowerInvariant()} in {place.ArtifactUri}: start it with --serve-artifacts, or copy them there yourself");
        await rest.PutAsync(ProxyOf($"{root}/{path}"), content, cancellationToken);
    }

    private async IAsyncEnumerable<JsonElement> ListAsync(MovedPlace place, string? folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<JsonElement> at = MlflowRest.PagesAsync("files", token => PageAsync(place, folder, token, cancellationToken)).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(at, place))
            yield return at.Current;
    }

    private Task<JsonElement> PageAsync(MovedPlace place, string? folder, string? token, CancellationToken cancellationToken) => place.Kind == MovedKind.Run
        ? rest.GetAsync("artifacts/list", [("run_id", place.Id), ("run_uuid", place.Id), ("path", folder), ("page_token", token)], cancellationToken)
        : rest.GetAsync($"logged-models/{Uri.EscapeDataString(place.Id)}/artifacts/directories", [("artifact_directory_path", folder), ("page_token", token)], cancellationToken);

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<JsonElement> files, MovedPlace place)
    {
        try
        {
            return await files.MoveNextAsync();
        }
        catch (MlOpsException e) when (e.Kind is not (ErrorKind.Unavailable or ErrorKind.Refused) && ArtifactUris.PathOf(place.ArtifactUri) is null)
        {
            throw new MlOpsException(ErrorKind.NotFound, "artifacts-elsewhere", $"the artifacts are in {place.ArtifactUri}, which the server cannot read: {e.Message}", e);
        }
    }

    private static string ReaderOf(MovedPlace place, string path) => place.Kind == MovedKind.Run
        ? $"get-artifact?run_id={place.Id}&run_uuid={place.Id}&path={Uri.EscapeDataString(path)}"
        : $"ajax-api/2.0/mlflow/logged-models/{Uri.EscapeDataString(place.Id)}/artifacts/files?artifact_file_path={Uri.EscapeDataString(path)}";

    private static string ProxyOf(string path) => $"api/2.0/mlflow-artifacts/artifacts/{MlflowRest.Escape(path)}";

    private static bool IsBelow(string path, string? folder) =>
        path.Length > 0 && (folder is null || path.StartsWith(folder + "/", StringComparison.Ordinal)) && path.Split('/').All(p => p is not ("" or "." or ".."));
}
