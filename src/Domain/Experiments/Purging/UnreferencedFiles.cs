using System.Globalization;
using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>
/// Files that belong to no run and no experiment: of uploads that went on while their run was removed, of experiments that are gone,
/// descriptions of data sets that no run names. Whatever else lies in the artifact tree may be somebody's and is never listed.
/// </summary>
public sealed class UnreferencedFiles
{
    private readonly PurgeStores _stores;

    internal UnreferencedFiles(PurgeStores stores) => _stores = stores;

    /// <summary>Groups of them that nobody has written since a time, in order of <see cref="UnreferencedGroup.Name"/>.</summary>
    /// <param name="after">The name of the group to go on behind; null for the first.</param>
    public async IAsyncEnumerable<UnreferencedGroup> ListAsync(DateTimeOffset before, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<Experiment> experiments = await _stores.Experiments.ListAsync(cancellationToken);
        var tree = new TreeOwners(experiments, await _stores.Experiments.NextIdAsync(cancellationToken), _stores.Runs);
        var sources = new (string Container, Func<string, string?> Group, Func<string, Task<bool>> IsOwned)[]
        {
            (ArtifactTree.Container, tree.GroupOf, tree.IsOwnedAsync),
            (RunArtifacts.Container, First, async run => !TrackingLimits.IsRunId(run) || await _stores.Runs.FindAsync(run, cancellationToken) is not null),
            (RunInputs.Container, First, _ => Task.FromResult(false)),
        };
        foreach (var (container, group, isOwned) in sources)
        {
            // One group after the other: the names of a container's groups begin with its own.
            await foreach (UnreferencedGroup found in GroupsAsync(container, group, after, cancellationToken))
            {
                UnreferencedGroup? old = container == RunInputs.Container
                    ? await UnusedAsync(found, before, cancellationToken)
                    : found.Files.All(f => f.Modified <= before) && !await isOwned(found.Owner) ? found : null;
                if (old is { Files.Count: > 0 })
                    yield return old;
            }
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

    internal async Task RemoveDescriptionsAsync(string experimentId, CancellationToken cancellationToken)
    {
        List<BlobInfo> all = await _stores.Blobs.ListAsync(RunInputs.Container, experimentId + "/", cancellationToken).ToListAsync(cancellationToken);
        await RemoveAsync(new UnreferencedGroup(RunInputs.Container, experimentId, all), cancellationToken);
    }

    private async IAsyncEnumerable<UnreferencedGroup> GroupsAsync(string container, Func<string, string?> groupOf, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = new List<BlobInfo>();
        string? group = null;
        await foreach (BlobInfo file in _stores.Blobs.ListAsync(container, "", cancellationToken))
        {
            string? its = groupOf(file.Path);
            if (its != group)
            {
                if (group is not null && IsBehind(container, group, after))
                    yield return new UnreferencedGroup(container, group, files);
                files = [];
            }

            group = its;
            if (its is not null)
                files.Add(file);
        }

        if (group is not null && IsBehind(container, group, after))
            yield return new UnreferencedGroup(container, group, files);
    }

    /// <summary>Those of an experiment's descriptions that are old and that no run of it names: read after the files were listed, and who names one anew makes it young.</summary>
    private async Task<UnreferencedGroup?> UnusedAsync(UnreferencedGroup group, DateTimeOffset before, CancellationToken cancellationToken)
    {
        DateTimeOffset old = Earlier(before, _stores.Time.GetUtcNow() - (RunInputs.Fresh * 2));
        if (!group.Files.Any(f => f.Modified <= old))
            return null;
        var used = new HashSet<string>(StringComparer.Ordinal);
        await foreach (RunDocument run in _stores.Runs.ListAsync(group.Owner, cancellationToken))
            used.UnionWith((run.Inputs ?? []).Select(i => RunInputs.PathOf(group.Owner, i)));
        return group with { Files = [.. group.Files.Where(f => f.Modified <= old && !used.Contains(f.Path))] };
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static bool IsBehind(string container, string group, string? after) => after is null || string.CompareOrdinal($"{container}/{group}/", after + "/") > 0;

    private static string First(string path) => path.Split('/')[0];
}

/// <summary>Files that belonged to one thing.</summary>
/// <param name="Owner">The run, experiment or folder that they were of.</param>
public sealed record UnreferencedGroup(string Container, string Owner, IReadOnlyList<BlobInfo> Files)
{
    public string Name => $"{Container}/{Owner}";

    public Footprint Footprint => new(Files.Count, Files.Sum(f => f.Size));
}

/// <summary>Whose the files of the artifact tree are that lie where a run's or an experiment's would.</summary>
internal sealed class TreeOwners(IReadOnlyList<Experiment> experiments, long nextId, RunsTable runs)
{
    private readonly Dictionary<string, Experiment> _byRoot = Roots(experiments);
    private readonly HashSet<string> _ids = [.. experiments.Select(e => e.Id)];

    /// <summary>The folder of a run or of an experiment that is gone; null for what is neither's.</summary>
    public string? GroupOf(string path)
    {
        string[] parts = path.Split('/');
        if (parts.Length > 1 && IsGone(parts[0]))
            return parts[0];
        for (int i = 0; i + 2 < parts.Length; i++)
        {
            if (parts[i + 2] == ArtifactUris.RunFolder && TrackingLimits.IsRunId(parts[i + 1]) && _byRoot.ContainsKey(string.Join('/', parts[..(i + 1)])))
                return string.Join('/', parts[..(i + 3)]);
        }

        return null;
    }

    public async Task<bool> IsOwnedAsync(string group)
    {
        string[] parts = group.Split('/');
        return parts.Length > 1 && await runs.FindAsync(parts[^2], CancellationToken.None) is not null;
    }

    /// <summary>Ids are given once: a number that an experiment had and none has.</summary>
    private bool IsGone(string folder) =>
        folder.Length <= 18 && folder.All(char.IsAsciiDigit) && !folder.StartsWith('0') && long.Parse(folder, CultureInfo.InvariantCulture) < nextId
        && !_ids.Contains(folder) && !_byRoot.ContainsKey(folder);

    private static Dictionary<string, Experiment> Roots(IReadOnlyList<Experiment> experiments)
    {
        var roots = new Dictionary<string, Experiment>(StringComparer.Ordinal);
        foreach (Experiment experiment in experiments)
        {
            if (ArtifactUris.PathOf(ArtifactUris.OfExperiment(experiment)) is { Length: > 0 } root)
                roots.TryAdd(root, experiment);
        }

        return roots;
    }
}
