namespace MlOps.Domain.Gc.Owners;

/// <summary>Documents of pipelines: the present one of each, and those that runs were started with, which can be run again.</summary>
/// <param name="goOn">Called now and then.</param>
internal sealed class PipelineOwners(Pipelines.Pipelines pipelines, Func<Task> goOn) : IFileOwners
{
    private IReadOnlySet<string>? _named;

    public string Container => Pipelines.Pipelines.Container;

    /// <summary>Who registers a document writes it again where it is not young.</summary>
    public bool IsWrittenByWhoRefers => true;

    /// <summary>Each by itself.</summary>
    public string OwnerOf(string path) => path;

    public bool IsOurs(string path) => false;

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken) =>
        (_named ??= await pipelines.ListDocumentPathsAsync(goOn, cancellationToken)).Contains(path);
}
