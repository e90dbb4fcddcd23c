using System.Globalization;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Files that arrive in parts: the parts lie in container <c>artifact-uploads</c>, <c>[upload id]/[number]</c>, beside <c>[upload id]/upload</c>,
/// which says where the file goes. Completing writes them to the tree as one file, which is there whole or not at all. What is
/// never completed goes after a day, at the next upload's beginning.
/// </summary>
public sealed class ArtifactUploads
{
    /// <summary>Parts of one upload.</summary>
    public const int MaxParts = 10_000;

    internal const string Container = "artifact-uploads";
    private const string Header = "upload";

    private static readonly TimeSpan Life = TimeSpan.FromDays(1);
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromHours(1);

    private readonly IBlobStore _blobs;
    private readonly ArtifactTree _tree;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private DateTimeOffset _sweptAt = DateTimeOffset.MinValue;

    internal ArtifactUploads(IBlobStore blobs, ArtifactTree tree, TimeProvider time) => (_blobs, _tree, _time) = (blobs, tree, time);

    /// <param name="uploadId">New, of letters and digits.</param>
    /// <param name="path">Where the file goes in the tree.</param>
    /// <exception cref="MlOpsException">Invalid <c>artifact-path</c>; Conflict <c>run-deleted</c>; Refused <c>run-of-pipeline</c>.</exception>
    public async Task BeginAsync(string uploadId, string path, CancellationToken cancellationToken)
    {
        await _tree.CheckWritableAsync(path, cancellationToken);
        if (IsSweepDue())
            await SweepAsync(cancellationToken);
        await WriteAsync(uploadId, new ArtifactUpload(path, _time.GetUtcNow(), false), cancellationToken);
    }

    /// <summary>Stores a part; one of that number is replaced. Returns its ETag, which completing asks for.</summary>
    /// <exception cref="MlOpsException">NotFound <c>upload-missing</c>; Invalid <c>upload-part</c>.</exception>
    public async Task<string> WritePartAsync(string uploadId, int number, Stream content, CancellationToken cancellationToken)
    {
        await FindAsync(uploadId, cancellationToken);
        if (number is < 1 or > MaxParts)
            throw MlOpsException.Invalid("upload-part", $"part {number} is not allowed: 1 to {MaxParts:N0}");
        return (await _blobs.WriteAsync(Container, PartPath(uploadId, number), content, BlobWriteOptions.Default, cancellationToken)).ETag;
    }

    /// <summary>Makes the file of its parts. Repeating changes nothing.</summary>
    /// <param name="parts">In order, 1 to the last; of a part whose ETag is empty, whatever is there.</param>
    /// <exception cref="MlOpsException">NotFound <c>upload-missing</c>; Invalid <c>upload-part</c>: there is none, one is missing or named twice, or another than was told.</exception>
    public async Task CompleteAsync(string uploadId, string path, IReadOnlyList<(int Number, string ETag)> parts, CancellationToken cancellationToken)
    {
        CheckOrder(uploadId, parts);
        ArtifactUpload upload = await FindAsync(uploadId, cancellationToken);
        if (upload.Path != path)
            throw MlOpsException.Invalid("upload-part", $"upload '{uploadId}' is of '{upload.Path}', not of '{path}'");
        if (upload.Done)
            return;
        var streams = new List<StreamPart>(parts.Count);
        foreach ((int number, string etag) in parts)
            streams.Add(await PartAsync(uploadId, number, etag, cancellationToken));
        await using (var content = new JoinedStream(streams))
            await _tree.WriteAsync(path, content, cancellationToken);
        // Kept for a while: a client whose answer was lost asks again.
        await WriteAsync(uploadId, upload with { Done = true }, cancellationToken);
        await DeletePartsAsync(uploadId, keepHeader: true, cancellationToken);
    }

    /// <summary>Forgets an upload and its parts; nothing happens when there is none.</summary>
    public Task AbortAsync(string uploadId, CancellationToken cancellationToken) => DeletePartsAsync(Checked(uploadId), keepHeader: false, cancellationToken);

    /// <summary>Whether anything of an upload was written since a time.</summary>
    internal ValueTask<bool> IsWrittenSinceAsync(string uploadId, DateTimeOffset time, CancellationToken cancellationToken) =>
        _blobs.ListAsync(Container, uploadId + "/", cancellationToken).AnyAsync(part => part.Modified > time, cancellationToken);

    /// <summary>Removes uploads that began more than a day ago.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset before = _time.GetUtcNow() - Life;
        // A part may be newer than its upload; once the header is gone it belongs to nothing.
        var kept = new HashSet<string>(StringComparer.Ordinal);
        List<BlobInfo> all = await _blobs.ListAsync(Container, "", cancellationToken).ToListAsync(cancellationToken);
        foreach (BlobInfo blob in all.Where(b => b.Modified >= before))
            kept.Add(blob.Path[..blob.Path.IndexOf('/', StringComparison.Ordinal)]);
        foreach (BlobInfo blob in all.Where(b => !kept.Contains(b.Path[..b.Path.IndexOf('/', StringComparison.Ordinal)])))
            await _blobs.DeleteAsync(Container, blob.Path, null, cancellationToken);
    }

    private bool IsSweepDue()
    {
        lock (_lock)
        {
            DateTimeOffset now = _time.GetUtcNow();
            if (now - _sweptAt < BetweenSweeps)
                return false;
            _sweptAt = now;
            return true;
        }
    }

    /// <summary>None left out and none twice: the file would be another than was sent.</summary>
    private static void CheckOrder(string uploadId, IReadOnlyList<(int Number, string ETag)> parts)
    {
        if (parts.Count == 0)
            throw MlOpsException.Invalid("upload-part", $"upload '{uploadId}' is completed without parts: name each, 1 to the last");
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i].Number != i + 1)
                throw MlOpsException.Invalid("upload-part", $"the parts of upload '{uploadId}' have number {parts[i].Number} where {i + 1} is due: name each once, 1 to the last");
        }
    }

    private async Task<StreamPart> PartAsync(string uploadId, int number, string etag, CancellationToken cancellationToken)
    {
        string path = PartPath(uploadId, number);
        BlobInfo part = await _blobs.FindAsync(Container, path, cancellationToken)
            ?? throw MlOpsException.Invalid("upload-part", $"part {number} of upload '{uploadId}' is not there: send it, then complete again");
        if (etag.Length > 0 && part.ETag != etag)
            throw MlOpsException.Invalid("upload-part", $"part {number} of upload '{uploadId}' has the ETag {part.ETag}, not {etag}: it was sent again; complete with the ETag of its last answer");
        return new StreamPart(part.Size, cancel => _blobs.OpenReadAsync(Container, path, null, cancel));
    }

    private async Task<ArtifactUpload> FindAsync(string uploadId, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream content = await _blobs.OpenReadAsync(Container, $"{Checked(uploadId)}/{Header}", null, cancellationToken);
            return (await JsonSerializer.DeserializeAsync<ArtifactUpload>(content, WorkflowJson.Options, cancellationToken))!;
        }
        catch (MlOpsException e) when (e.Code == "blob-missing")
        {
            throw MlOpsException.NotFound("upload-missing", $"there is no upload '{uploadId}': it was aborted, or began more than {Life.TotalHours:0} hours ago; begin another");
        }
    }

    private async Task WriteAsync(string uploadId, ArtifactUpload upload, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(upload, WorkflowJson.Options));
        await _blobs.WriteAsync(Container, $"{Checked(uploadId)}/{Header}", content, BlobWriteOptions.Default, cancellationToken);
    }

    private async Task DeletePartsAsync(string uploadId, bool keepHeader, CancellationToken cancellationToken)
    {
        List<BlobInfo> all = await _blobs.ListAsync(Container, uploadId + "/", cancellationToken).ToListAsync(cancellationToken);
        foreach (BlobInfo blob in all.Where(b => !keepHeader || !b.Path.EndsWith("/" + Header, StringComparison.Ordinal)))
            await _blobs.DeleteAsync(Container, blob.Path, null, cancellationToken);
    }

    private static string Checked(string uploadId) => uploadId.Length is > 0 and <= 100 && uploadId.All(char.IsAsciiLetterOrDigit)
        ? uploadId
        : throw MlOpsException.NotFound("upload-missing", $"there is no upload '{TrackingLimits.Shown(uploadId)}': its id has letters and digits");

    private static string PartPath(string uploadId, int number) => $"{Checked(uploadId)}/{number.ToString("D5", CultureInfo.InvariantCulture)}";

    private sealed record ArtifactUpload(string Path, DateTimeOffset BeganAt, bool Done);
}
