using System.Globalization;
using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>
/// Files that belong to no run and no experiment: of uploads that went on while their run or experiment was removed (<see cref="Tombstone"/>),
/// and descriptions of data sets that no run names. Whatever else lies in the artifact tree may be somebody's and is never looked at.
/// </summary>
public sealed class UnreferencedFiles
{
    private readonly PurgeStores _stores;
    private readonly TombstoneTable _stones;

    internal UnreferencedFiles(PurgeStores stores, TombstoneTable stones) => (_stores, _stones) = (stores, stones);

    /// <summary>Groups of them that nobody has written since a time, in order of their positions; between them empty ones, to stop at.</summary>
    /// <param name="after">The position of the group to go on behind; null for the first.</param>
    /// <param name="forget">Whether to strike out removed runs and experiments of which nothing has come up since that time.</param>
    public async IAsyncEnumerable<UnreferencedGroup> ListAsync(
        DateTimeOffset before, string? after, bool forget, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var positions = new UnreferencedPositions(after);
        IReadOnlyList<Experiment> experiments = await _stores.Experiments.ListAsync(cancellationToken);
        foreach (Experiment experiment in experiments.Where(e => positions.IsBehind(positions.Of(e))).OrderBy(positions.Of, StringComparer.Ordinal))
            yield return await UnusedAsync(experiment.Id, positions.Of(experiment), before, cancellationToken);
        await foreach (Tombstone stone in _stones.ListAsync(positions.FirstRow, cancellationToken))
        {
            if (!positions.IsBehind(positions.Of(stone)))
                continue;
            foreach (UnreferencedGroup group in await LeftAsync(stone, before, experiments, forget, cancellationToken))
                yield return group;
        }
    }

    /// <summary>Deletes the files of a group but those that were written again meanwhile.</summary>
    public async Task RemoveAsync(UnreferencedGroup group, CancellationToken cancellationToken)
    {
        foreach (BlobInfo file in group.Files)
        {
            try
            {
                await _stores.Blobs.DeleteAsync(group.Container, file.Path, file.ETag, cancellationToken);
            }
            catch (MlOpsException e) when (e.Code is "blob-changed" or "blob-missing")
            {
            }
        }
    }

    /// <summary>All that is an experiment's alone: its own folder of the artifact tree but for what lies in another's place, and its descriptions.</summary>
    internal async Task<IReadOnlyList<UnreferencedGroup>> OfExperimentAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        var groups = new List<UnreferencedGroup> { await GroupAsync(RunInputs.Container, experiment.Id, "", cancellationToken) };
        if (FolderOf(experiment) is { } folder)
            groups.Add(await InTreeAsync(folder, "", await _stores.Experiments.ListAsync(cancellationToken), cancellationToken));
        return groups;
    }

    /// <summary>The folder that is given to an experiment which asks for no place of its own: nobody else begins there.</summary>
    internal static string? FolderOf(Experiment experiment) => experiment.ArtifactLocation is null ? experiment.Id : null;

    private async Task<IReadOnlyList<UnreferencedGroup>> LeftAsync(
        Tombstone stone, DateTimeOffset before, IReadOnlyList<Experiment> experiments, bool forget, CancellationToken cancellationToken)
    {
        string position = UnreferencedPositions.Stone(stone);
        var all = new List<UnreferencedGroup>();
        if (stone.IsRun && await _stores.Runs.FindAsync(stone.Id, cancellationToken) is not null)
        {
            // Begun anew under the same id: what comes there is that run's.
            if (forget)
                await _stones.RemoveAsync(stone, cancellationToken);
            return all;
        }

        if (stone.IsRun)
            all.Add(await GroupAsync(RunArtifacts.Container, stone.Id, position, cancellationToken));
        if (stone.Folder is { } folder)
            all.Add(await InTreeAsync(folder, position, experiments, cancellationToken));
        if (forget && stone.At <= before && all.All(g => g.Files.Count == 0))
            await _stones.RemoveAsync(stone, cancellationToken);
        return [.. all.Select(g => g with { Files = [.. g.Files.Where(f => f.Modified <= before)] })];
    }

    private async Task<UnreferencedGroup> InTreeAsync(string folder, string position, IReadOnlyList<Experiment> experiments, CancellationToken cancellationToken)
    {
        string[] others = [.. experiments.Select(e => ArtifactUris.PathOf(ArtifactUris.OfExperiment(e))).OfType<string>().Where(root => root.Length > 0 && root != folder).Select(root => root + "/")];
        UnreferencedGroup group = await GroupAsync(ArtifactTree.Container, folder, position, cancellationToken);
        bool isAnothers = experiments.Any(e => e.ArtifactLocation is { } place && ArtifactUris.PathOf(place) == folder);
        return group with { Files = [.. group.Files.Where(f => !isAnothers && !others.Any(o => o.StartsWith(folder + "/", StringComparison.Ordinal) && f.Path.StartsWith(o, StringComparison.Ordinal)))] };
    }

    private async Task<UnreferencedGroup> GroupAsync(string container, string owner, string position, CancellationToken cancellationToken) =>
        new(container, owner, await _stores.Blobs.ListAsync(container, owner + "/", cancellationToken).ToListAsync(cancellationToken), position);

    /// <summary>Those of an experiment's descriptions that are old and that no run of it names: read after the files were listed, and who names one anew makes it young.</summary>
    private async Task<UnreferencedGroup> UnusedAsync(string experimentId, string position, DateTimeOffset before, CancellationToken cancellationToken)
    {
        DateTimeOffset old = Earlier(before, _stores.Time.GetUtcNow() - (RunInputs.Fresh * 2));
        UnreferencedGroup group = await GroupAsync(RunInputs.Container, experimentId, position, cancellationToken);
        if (!group.Files.Any(f => f.Modified <= old))
            return group with { Files = [] };
        var used = new HashSet<string>(StringComparer.Ordinal);
        await foreach (RunDocument run in _stores.Runs.ListAsync(experimentId, null, cancellationToken))
            used.UnionWith((run.Inputs ?? []).Select(i => RunInputs.PathOf(experimentId, i)));
        return group with { Files = [.. group.Files.Where(f => f.Modified <= old && !used.Contains(f.Path))] };
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}

/// <summary>Files that belonged to one thing.</summary>
/// <param name="Owner">The run, experiment or folder that they were of.</param>
/// <param name="Position">Where the listing is, to go on behind it.</param>
public sealed record UnreferencedGroup(string Container, string Owner, IReadOnlyList<BlobInfo> Files, string Position)
{
    public string Name => $"{Container}/{Owner}";

    public Footprint Footprint => new(Files.Count, Files.Sum(f => f.Size));
}

/// <summary>First the experiments (<c>d/[id]</c>), then what was removed (<c>t/[row]</c>).</summary>
internal sealed class UnreferencedPositions(string? after)
{
    private const string Stones = "t/";

    /// <summary>The row of removed things to begin with.</summary>
    public string? FirstRow => after?.StartsWith(Stones, StringComparison.Ordinal) == true ? after[Stones.Length..] : null;

    public static string Stone(Tombstone stone) => Stones + stone.Row;

    public string Of(Tombstone stone) => Stone(stone);

    public string Of(Experiment experiment) => $"d/{long.Parse(experiment.Id, CultureInfo.InvariantCulture):D19}";

    public bool IsBehind(string position) => after is null || string.CompareOrdinal(position, after) > 0;
}
