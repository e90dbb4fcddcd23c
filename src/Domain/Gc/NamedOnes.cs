using MlOps.Domain.Experiments;

namespace MlOps.Domain.Gc;

/// <summary>Runs and experiments that a request names: each must be there and deleted, so that a mistyped id is told and not passed over.</summary>
internal sealed class NamedOnes(ExperimentTracker tracker, GcRequest request, DateTimeOffset before)
{
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (string id in request.RunIds)
            await CheckRunAsync(id, cancellationToken);
        foreach (string id in request.ExperimentIds)
            Check($"experiment {id}", (await tracker.Catalog.GetAsync(id, cancellationToken)).DeletedAt);
    }

    private async Task CheckRunAsync(string id, CancellationToken cancellationToken)
    {
        if (!await tracker.Purge.ListBegunAsync(cancellationToken).ContainsAsync(id, StringComparer.Ordinal, cancellationToken))
            Check($"run '{id}'", await tracker.Purge.FindAsync(id, cancellationToken) is { } deleted ? deleted.DeletedAt : (await tracker.GetRunAsync(id, cancellationToken)).DeletedAt);
    }

    private void Check(string what, DateTimeOffset? deletedAt)
    {
        if (deletedAt is null)
            throw MlOpsException.Conflict("gc-active", $"{what} is not deleted: delete it first, or leave it out");
        if (deletedAt > before && request.Age > TimeSpan.Zero)
            throw MlOpsException.Conflict("gc-too-young", $"{what} was deleted at {deletedAt:u}, which is less than {request.Age} ago: leave the age out, or the id");
    }
}
