using MlOps.Domain.Monitoring;
using MlOps.Domain.Registry;

namespace MlOps.Domain.Gc.Owners;

/// <summary>Reports of monitors: those that are listed with a name that a model has, or may get back.</summary>
/// <param name="goOn">Called now and then.</param>
internal sealed class ReportOwners(Monitors monitors, ModelRegistry registry, Func<Task> goOn) : IFileOwners
{
    private IReadOnlySet<string>? _named;

    public string Container => Monitors.ReportFiles;

    public bool IsWrittenByWhoRefers => true;

    /// <summary>Each by itself.</summary>
    public string OwnerOf(string path) => path;

    public bool IsOurs(string path) => false;

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken) =>
        (_named ??= await monitors.ListReportFilesAsync(registry.ListNamesAsync(cancellationToken), goOn, cancellationToken)).Contains(path);
}
