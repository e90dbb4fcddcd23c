using MlOps.Domain.Experiments;

namespace MlOps.Domain.Gc.Owners;

/// <summary>Parts of uploads: of one that is at work, since something of it is young.</summary>
internal sealed class UploadOwners(ArtifactUploads uploads, DateTimeOffset old) : IFileOwners
{
    private (string Id, bool IsAtWork) _last = ("", false);

    public string Container => ArtifactUploads.Container;

    public bool IsWrittenByWhoRefers => false;

    public string OwnerOf(string path) => BlobPaths.First(path);

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken)
    {
        string upload = BlobPaths.First(path);
        if (_last.Id != upload)
            _last = (upload, await uploads.IsWrittenSinceAsync(upload, old, cancellationToken));
        return _last.IsAtWork;
    }
}
