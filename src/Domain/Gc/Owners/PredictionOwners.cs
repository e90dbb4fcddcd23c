using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Shadows;

namespace MlOps.Domain.Gc.Owners;

/// <summary>Logged predictions: of names that models have, or may get back. How long those are kept their log policies say.</summary>
internal sealed class PredictionOwners(ModelRegistry registry) : IFileOwners
{
    private HashSet<string>? _folders;

    public string Container => PredictionLog.Container;

    public bool IsWrittenByWhoRefers => false;

    public string OwnerOf(string path) => BlobPaths.First(path);

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken)
    {
        _folders ??= await registry.ListNamesAsync(cancellationToken).SelectMany(name => (string[])[name, ShadowMirror.LogName(name)]).Select(PredictionLog.FolderOf).ToHashSetAsync(cancellationToken: cancellationToken);
        return _folders.Contains(BlobPaths.First(path));
    }
}
