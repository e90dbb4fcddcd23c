using System.Runtime.CompilerServices;
using MlOps.Domain.Gc.Owners;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Gc;

/// <summary>
/// Files that nothing refers to, in all containers that keep files of others. Looked for twice: what is written, or referred to, between the
/// listing and the deletion stays.
/// </summary>
/// <param name="families">Make who knows how things stand now, in ordinal order of their containers.</param>
/// <param name="old">Who was written later may be about to be referred to.</param>
/// <param name="all">Also what somebody else may know of.</param>
internal sealed class StrayFiles(IBlobStore blobs, IReadOnlyList<Func<IFileOwners>> families, RunRemoval removal, DateTimeOffset old, bool all)
{
    /// <summary>Looked at between two places to stop at.</summary>
    private const int PerLook = 500;

    /// <summary>Removed at a time, so that between the second look and the last deletion little time passes.</summary>
    private const int PerStep = 100;

    /// <param name="after">Container and path to go on behind; null for all.</param>
    public async IAsyncEnumerable<GcStep> StepsAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string container = after is null ? "" : BlobPaths.First(after);
        foreach (Func<IFileOwners> family in families)
        {
            int order = string.CompareOrdinal(family().Container, container);
            if (order < 0)
                continue;
            await foreach (GcStep step in StepsAsync(family, order > 0 ? null : after![(container.Length + 1)..], cancellationToken))
                yield return step;
        }
    }

    private async IAsyncEnumerable<GcStep> StepsAsync(Func<IFileOwners> family, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IFileOwners owners = family();
        var strays = new List<BlobInfo>();
        string last = "";
        int seen = 0;
        await using IAsyncEnumerator<BlobInfo> files = blobs.ListAsync(owners.Container, "", after ?? "", cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            bool more = false;
            // One file that cannot be read ends the container, and none of the others.
            GcItem look = await removal.TryAsync(new GcItem(GcKind.Files, owners.Container, removal.Outcome), async item =>
            {
                if (!(more = await files.MoveNextAsync()))
                    return item;
                if (files.Current.Modified <= old && !await owners.IsOwnedAsync(files.Current.Path, cancellationToken))
                    strays.Add(files.Current);
                return item;
            });
            if (owners.TakeFailed() is { Count: > 0 } failed)
                yield return new GcStep(null, failed);
            if (look.Outcome == GcOutcome.Failed)
                yield return new GcStep(null, [look]);
            if (look.Outcome == GcOutcome.Failed || !more)
                break;
            last = files.Current.Path;
            if (++seen % PerLook != 0 && strays.Count < PerStep)
                continue;
            yield return new GcStep($"{owners.Container}/{last}", await RemoveAsync(family, owners, strays, cancellationToken));
            strays = [];
        }

        if (strays.Count > 0)
            yield return new GcStep($"{owners.Container}/{last}", await RemoveAsync(family, owners, strays, cancellationToken));
    }

    private async Task<IReadOnlyList<GcItem>> RemoveAsync(Func<IFileOwners> family, IFileOwners first, List<BlobInfo> strays, CancellationToken cancellationToken)
    {
        IFileOwners now = first.IsWrittenByWhoRefers ? first : family();
        var items = new List<GcItem>();
        foreach (IGrouping<(string Owner, bool Goes), BlobInfo> group in strays.GroupBy(file => (first.OwnerOf(file.Path), all || first.IsOurs(file.Path))))
        {
            if (!group.Key.Goes)
                items.Add(new GcItem(GcKind.Files, $"{first.Container}/{group.Key.Owner}", GcOutcome.Kept, Files: group.Count(), Bytes: group.Sum(f => f.Size), Why: "nothing here refers to it: --strays removes it"));
            else
                items.AddRange(await RemoveAsync(new GcItem(GcKind.Files, $"{first.Container}/{group.Key.Owner}", removal.Outcome), now, group, cancellationToken));
        }

        return [.. items.Where(item => item.Files > 0 || item.Outcome == GcOutcome.Failed)];
    }

    /// <summary>What went, and what did not.</summary>
    private async Task<IEnumerable<GcItem>> RemoveAsync(GcItem item, IFileOwners now, IEnumerable<BlobInfo> files, CancellationToken cancellationToken)
    {
        GcItem? failed = null;
        foreach (BlobInfo file in files)
        {
            GcItem after = await removal.TryAsync(item, async done =>
            {
                bool goes = removal.Outcome == GcOutcome.Removable || (!await now.IsOwnedAsync(file.Path, cancellationToken) && await blobs.TryDeleteAsync(now.Container, file, cancellationToken));
                return goes ? done with { Files = done.Files + 1, Bytes = done.Bytes + file.Size } : done;
            });
            if (after.Outcome == GcOutcome.Failed)
                failed ??= after;
            else
                item = after;
        }

        return failed is null ? [item] : [item, failed];
    }
}
