using MlOps.Domain.Monitoring;

namespace MlOps.Domain.Gc.Owners;

/// <summary>Data that was put together for a retrain: it goes by itself once its data set version is there. What is old was broken off, and a retrain that is taken up again puts it together anew.</summary>
internal sealed class RetrainOwners : IFileOwners
{
    public string Container => RetrainData.Container;

    public bool IsWrittenByWhoRefers => true;

    /// <summary>Each by itself.</summary>
    public string OwnerOf(string path) => path;

    public bool IsOurs(string path) => false;

    public ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken) => new(false);
}
