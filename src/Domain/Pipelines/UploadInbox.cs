using System.Text;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Datasets;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Pipelines;

/// <summary>
/// Turns blobs uploaded as <c>[data set]/inbox/[file]</c> into data set versions and tells the pipelines. An upload is deleted only after
/// that, so whoever is told of it twice, or breaks off in between, finds the same bytes and the same runs, or nothing left to do. What can
/// never be a version stays, and <c>[data set]/rejected/[file].error.txt</c> says why.
/// </summary>
/// <param name="maxBytes">Larger files are rejected.</param>
public sealed class UploadInbox(IBlobStore blobs, DatasetCatalog datasets, Pipelines pipelines, long maxBytes, ILogger logger)
{
    /// <summary>Takes one upload.</summary>
    /// <param name="path">In the container <c>datasets</c>.</param>
    /// <returns>Null when the path is not that of an upload.</returns>
    /// <exception cref="MlOpsException">It could not be taken this time; call again.</exception>
    public async Task<InboxResult?> TakeAsync(string path, CancellationToken cancellationToken)
    {
        if (path.Split('/', 3) is not [var dataset, "inbox", { Length: > 0 } file])
            return null;
        InboxResult result = await blobs.FindAsync(DatasetCatalog.Container, path, cancellationToken) is { } upload
            ? await TakeAsync(dataset, file, upload, cancellationToken)
            : new($"{dataset}/{file}", InboxVerdict.Gone, null, [], null);
        InboxMetrics.Taken(result.Verdict);
        PipelinesLog.UploadTaken(logger, result.File, result.Verdict, result.Version, result.Reason, result.Runs.Count);
        return result;
    }

    private async Task<InboxResult> TakeAsync(string dataset, string file, BlobInfo upload, CancellationToken cancellationToken)
    {
        if (InboxFile.Problem(file, upload.Size, maxBytes) is { } reason)
            return await RejectAsync(dataset, file, reason, cancellationToken);
        try
        {
            return await AddAsync(dataset, file, upload, cancellationToken);
        }
        catch (MlOpsException e) when (InboxFile.IsFinal(e))
        {
            return await RejectAsync(dataset, file, $"{e.Code}: {e.Message}", cancellationToken);
        }
    }

    private async Task<InboxResult> AddAsync(string dataset, string file, BlobInfo upload, CancellationToken cancellationToken)
    {
        DatasetAdded added;
        await using (Stream content = await blobs.OpenReadAsync(DatasetCatalog.Container, upload.Path, null, cancellationToken))
            added = await datasets.AddAsync(dataset, content, new DatasetAddOptions { Source = file }, cancellationToken);
        IReadOnlyList<PipelineRun> runs = await pipelines.OnDatasetVersionAsync(added.Version, cancellationToken);
        await DeleteAsync(upload, cancellationToken);
        return new($"{dataset}/{file}", added.Created ? InboxVerdict.Added : InboxVerdict.Known, added.Version.Ref.ToString(), [.. runs.Select(r => r.Id)], null);
    }

    private async Task DeleteAsync(BlobInfo upload, CancellationToken cancellationToken)
    {
        try
        {
            await blobs.DeleteAsync(DatasetCatalog.Container, upload.Path, upload.ETag, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "blob-changed")
        {
            // Uploaded anew meanwhile: that is told by itself.
        }
    }

    private async Task<InboxResult> RejectAsync(string dataset, string file, string reason, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(reason + "\n"));
        await blobs.WriteAsync(DatasetCatalog.Container, $"{dataset}/rejected/{file}.error.txt", text, BlobWriteOptions.Default, cancellationToken);
        return new($"{dataset}/{file}", InboxVerdict.Rejected, null, [], reason);
    }
}
