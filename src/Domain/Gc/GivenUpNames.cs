using System.Runtime.CompilerServices;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Gc;

/// <summary>Names that registered models gave up, and of which something is still there: of a deletion that was broken off, or of a renaming long ago. Nobody may ever ask for them again.</summary>
internal sealed class GivenUpNames(ModelRegistry registry, IBlobStore blobs, RunRemoval removal, DateTimeOffset now)
{
    public async IAsyncEnumerable<GcItem> FinishAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string name in await registry.ListGivenUpAsync(before, now, cancellationToken).ToListAsync(cancellationToken))
        {
            yield return await removal.TryAsync(new GcItem(GcKind.Name, name, removal.Outcome), async item =>
            {
                List<BlobInfo> logged = await blobs.ListAsync(PredictionLog.Container, PredictionLog.FolderOf(name) + "/", cancellationToken).ToListAsync(cancellationToken);
                if (removal.Outcome == GcOutcome.Removed && !await TryFinishAsync(name, cancellationToken))
                    return item with { Outcome = GcOutcome.Kept, Why = "somebody else removes it, or has done so, or took the name back" };
                return item with { Files = logged.Count, Bytes = logged.Sum(file => file.Size) };
            });
        }
    }

    private async Task<bool> TryFinishAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await registry.FinishRemovalAsync(name, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == ModelRegistry.RemovingCode)
        {
            return false;
        }
    }
}
