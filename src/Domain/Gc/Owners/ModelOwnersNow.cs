using MlOps.Domain.Registry;
using MlOps.Domain.Training;

namespace MlOps.Domain.Gc.Owners;

/// <summary>
/// What is known of files of models, and what versions name now: a version that is copied names an old file, and its original may be gone by
/// then. What runs name need not be read again, since who trains a model writes its file.
/// </summary>
internal sealed class ModelOwnersNow(ModelOwners known, ModelRegistry registry) : IFileOwners
{
    private IReadOnlySet<string>? _named;

    public string Container => ModelStore.Container;

    public bool IsWrittenByWhoRefers => false;

    public string OwnerOf(string path) => known.OwnerOf(path);

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken) =>
        await known.IsOwnedAsync(path, cancellationToken) || (_named ??= await registry.ListDigestsAsync(cancellationToken)).Contains(ModelOwners.DigestOf(path));
}
