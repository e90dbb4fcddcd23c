using MlOps.Domain.Storage;

namespace MlOps.Embedded;

/// <summary>Where the one-process host keeps its metadata and blobs, held by this process alone until disposed.</summary>
public interface IHostStores : IAsyncDisposable
{
    IEntityTable Tables { get; }

    IBlobStore Blobs { get; }

    /// <summary>Cancelled when another process may have become the holder: the host must stop at once.</summary>
    CancellationToken Lost { get; }
}
