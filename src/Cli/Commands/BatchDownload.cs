using MlOps.Cli.Api;
using MlOps.Cli.Files;
using MlOps.Domain.Batch;

namespace MlOps.Cli.Commands;

/// <summary>Fetches the output of a batch: into a file, or part by part into a folder, the manifest last.</summary>
internal static class BatchDownload
{
    private const string Manifest = "manifest.json";

    /// <exception cref="MlOpsException">Invalid <c>output-folder</c>.</exception>
    public static void Check(string destination)
    {
        if (!IsFolder(destination))
            AtomicFile.Check(destination);
    }

    /// <returns>Where the output is.</returns>
    public static async Task<string> WriteAsync(ApiClient api, string id, string destination, CancellationToken cancellationToken)
    {
        string route = BatchCommand.Route(id, "output");
        if (!IsFolder(destination))
        {
            await FetchAsync(api, route, destination, cancellationToken);
            return destination;
        }

        Directory.CreateDirectory(destination);
        BatchManifest manifest = await api.GetAsync<BatchManifest>($"{route}/{Manifest}", cancellationToken);
        foreach (string name in manifest.Parts.SelectMany(p => p.RejectedName is null ? [p.Name] : new[] { p.Name, p.RejectedName }).Append(Manifest))
            await FetchAsync(api, $"{route}/{name}", Path.Combine(destination, Path.GetFileName(name)), cancellationToken);
        return destination;
    }

    private static Task FetchAsync(ApiClient api, string route, string file, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(file, stream => api.DownloadAsync(route, stream, cancellationToken), cancellationToken);

    private static bool IsFolder(string destination) => Directory.Exists(destination) || Path.EndsInDirectorySeparator(destination);
}
