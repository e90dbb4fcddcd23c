using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>A file of a run.</summary>
/// <param name="Path">Relative to the run.</param>
/// <param name="Size">Bytes.</param>
public sealed record Artifact(string Path, long Size, DateTimeOffset Modified);

/// <summary>Files of runs in container <c>artifacts</c>, path <c>[run id]/[path]</c>.</summary>
internal sealed class RunArtifacts(IBlobStore blobs, WrittenFile written)
{
    public const string Container = "artifacts";

    public async Task WriteAsync(string runId, string path, Stream content, CancellationToken cancellationToken)
    {
        string blobPath = BlobPath(runId, path);
        await blobs.WriteAsync(Container, blobPath, content, BlobWriteOptions.Default, cancellationToken);
        await written.CheckKeptAsync(runId, blobPath, path, isForeign: false, cancellationToken);
    }

    public async Task<Stream> OpenAsync(string runId, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await blobs.OpenReadAsync(Container, BlobPath(runId, path), null, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "blob-missing")
        {
            throw MlOpsException.NotFound("artifact-missing", $"run '{runId}' has no artifact '{path}': list its artifacts to see their paths");
        }
    }

    public async Task<Download> DownloadAsync(string runId, string path, CancellationToken cancellationToken)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        return await Download.OfAsync(
            await OpenAsync(runId, path, cancellationToken), () => blobs.DownloadUrlAsync(Container, BlobPath(runId, path), Download.Lifetime, name, cancellationToken));
    }

    public Task DeleteAsync(string runId, string path, CancellationToken cancellationToken) =>
        blobs.DeleteAsync(Container, BlobPath(runId, path), null, cancellationToken);

    /// <summary>Every file under the folder, in ordinal order of the path; all of the run when the folder is empty.</summary>
    public async Task<IReadOnlyList<Artifact>> ListAsync(string runId, string folder, CancellationToken cancellationToken)
    {
        string root = runId + "/";
        string prefix = folder.Length == 0 ? root : BlobPath(runId, folder) + "/";
        var files = new List<Artifact>();
        await foreach (BlobInfo blob in blobs.ListAsync(Container, prefix, cancellationToken))
            files.Add(new Artifact(blob.Path[root.Length..], blob.Size, blob.Modified));
        return files;
    }

    private static string BlobPath(string runId, string path) => $"{runId}/{ArtifactPath.Check(path)}";
}
