using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Batch;

/// <summary>
/// Container <c>batch</c>, a folder a batch: <c>plan/00000.json</c> a group, <c>part-00000.csv</c> and perhaps <c>rejected-00000.csv</c> a
/// partition, and <c>manifest.json</c>, written last: where it is, the output is whole.
/// </summary>
internal sealed class BatchBlobs(IBlobStore blobs)
{
    public const string Manifest = "manifest.json";

    public const string Container = "batch";

    public static string Part(BatchEntry batch, int part) => Name("part", part, PartFormat.Of(batch.Request.Format).Extension);

    public static string Rejected(int part) => Name("rejected", part, "csv");

    /// <summary>The number of the partition that a file is named after; -1 for another name.</summary>
    public static int NumberOf(string name) =>
        name.Split('-', '.') is [_, var number, _] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int part) ? part : -1;

    public Task WritePlanAsync(string id, int group, FileCut cut, CancellationToken cancellationToken) =>
        WriteAsync(id, PlanName(group), new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(cut, WorkflowJson.Options)), cancellationToken);

    /// <summary>The cut with the ranges of one group.</summary>
    public async Task<FileCut> ReadPlanAsync(string id, int group, CancellationToken cancellationToken)
    {
        await using Stream plan = await OpenAsync(id, PlanName(group), null, cancellationToken);
        return (await JsonSerializer.DeserializeAsync<FileCut>(plan, WorkflowJson.Options, cancellationToken))!;
    }

    /// <summary>Writes the manifest.</summary>
    /// <returns>Its SHA-256.</returns>
    public async Task<string> WriteManifestAsync(BatchManifest manifest, CancellationToken cancellationToken)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, WorkflowJson.Options);
        await WriteAsync(manifest.Id, Manifest, new MemoryStream(json), cancellationToken);
        return Convert.ToHexStringLower(SHA256.HashData(json));
    }

    public async Task<BatchManifest> ReadManifestAsync(string id, CancellationToken cancellationToken)
    {
        await using Stream manifest = await OpenAsync(id, Manifest, null, cancellationToken);
        return (await JsonSerializer.DeserializeAsync<BatchManifest>(manifest, WorkflowJson.Options, cancellationToken))!;
    }

    public Task WriteAsync(string id, string name, Stream content, CancellationToken cancellationToken) =>
        blobs.WriteAsync(Container, PathOf(id, name), content, BlobWriteOptions.Default, cancellationToken);

    public Task<Stream> OpenAsync(string id, string name, BlobRange? range, CancellationToken cancellationToken) =>
        blobs.OpenReadAsync(Container, PathOf(id, name), range, cancellationToken);

    public Task<Uri?> LinkAsync(string id, string name, TimeSpan lifetime, CancellationToken cancellationToken) =>
        blobs.DownloadUrlAsync(Container, PathOf(id, name), lifetime, name, cancellationToken);

    /// <summary>Deletes all but the manifest, which goes on telling what there was.</summary>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        List<BlobInfo> found = await blobs.ListAsync(Container, id + "/", cancellationToken).ToListAsync(cancellationToken);
        foreach (BlobInfo blob in found.Where(b => b.Path != PathOf(id, Manifest)))
            await blobs.DeleteAsync(Container, blob.Path, null, cancellationToken);
    }

    private static string PlanName(int group) => Name("plan/", group, "json");

    private static string Name(string kind, int number, string extension) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}{(kind.EndsWith('/') ? "" : "-")}{number:D5}.{extension}");

    private static string PathOf(string id, string name) => $"{id}/{name}";
}
