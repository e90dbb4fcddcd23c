using System.Buffers;
using MlOps.Domain.Experiments;

namespace MlOps.Domain.Gc.Owners;

/// <summary>
/// Files of the artifact tree. In the place of an experiment the folders of runs, logged models and traces, whose ids were made by a client or
/// by us, are theirs; whatever else lies there is the experiment's, and all of it goes with one that is deleted. Elsewhere a file is a model
/// version's, or nobody's that we know: clients may write anywhere.
/// </summary>
internal sealed class TreeOwners(ExperimentTracker tracker, Func<Task<RunReferences>> readReferences) : IFileOwners
{
    private const int MaxKnown = 1_000;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private readonly Dictionary<string, bool> _known = new(StringComparer.Ordinal);
    private HashSet<string>? _places;
    private HashSet<string> _leaving = [];
    private RunReferences? _references;

    public string Container => ArtifactTree.Container;

    public bool IsWrittenByWhoRefers => false;

    public bool IsOurs(string path) => Places(path).Any();

    /// <summary>The folder <c>.../[id]/artifacts</c>, else the first.</summary>
    public string OwnerOf(string path)
    {
        int artifacts = path.IndexOf($"/{ArtifactUris.RunFolder}/", StringComparison.Ordinal);
        return artifacts < 0 ? BlobPaths.First(path) : path[..(artifacts + 1 + ArtifactUris.RunFolder.Length)];
    }

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken)
    {
        _places ??= await PlacesAsync(cancellationToken);
        bool isOfExperiment = false;
        foreach (string place in Places(path))
        {
            if (_leaving.Contains(place))
                return true;
            string[] parts = path[(place.Length == 0 ? 0 : place.Length + 1)..].Split('/');
            string? owner = OwnerOf(parts);
            // In a place within another's it is the inner one that says what has no owner.
            isOfExperiment = owner is null;
            if (owner is not null && await IsThereAsync(owner, cancellationToken))
                return true;
        }

        return isOfExperiment || (_references ??= await readReferences()).Covers(path);
    }

    private async Task<HashSet<string>> PlacesAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Experiment> all = await tracker.Catalog.ListAsync(cancellationToken);
        _leaving = [.. all.Where(e => e is { DeletedAt: not null, ArtifactLocation: null }).Select(e => e.Id)];
        return [.. all.Select(e => ArtifactUris.PathOf(ArtifactUris.OfExperiment(e))).OfType<string>()];
    }

    /// <summary>Places of experiments that the path lies in, outer ones first.</summary>
    private IEnumerable<string> Places(string path)
    {
        if (_places!.Contains(""))
            yield return "";
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (_places.Contains(path[..slash]))
                yield return path[..slash];
        }
    }

    /// <summary>Kind and id of what has its files there; null for nothing but the experiment.</summary>
    private static string? OwnerOf(string[] parts) => parts switch
    {
        [ArtifactUris.ModelFolder, var id, ArtifactUris.RunFolder, _, ..] when IsMade(id, "m-") => $"{parts[0]}/{id}",
        [ArtifactUris.TraceFolder, var id, ArtifactUris.RunFolder, _, ..] when IsMade(id, "tr-") => $"{parts[0]}/{id}",
        [var id, ArtifactUris.RunFolder, _, ..] when IsMade(id, "") => $"runs/{id}",
        _ => null,
    };

    /// <summary>Whether an id is of the form that programs make: a folder of another name may be anybody's.</summary>
    private static bool IsMade(string id, string prefix) =>
        id.Length == prefix.Length + 32 && id.StartsWith(prefix, StringComparison.Ordinal) && id.AsSpan(prefix.Length).IndexOfAnyExcept(Digits) < 0;

    private async ValueTask<bool> IsThereAsync(string owner, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(owner, out bool known))
            return known;
        string id = owner[(owner.IndexOf('/', StringComparison.Ordinal) + 1)..];
        bool isThere = BlobPaths.First(owner) switch
        {
            ArtifactUris.ModelFolder => await tracker.Purge.HasModelAsync(id, cancellationToken) || (_references ??= await readReferences()).Names(id),
            ArtifactUris.TraceFolder => await tracker.Purge.HasTraceAsync(id, cancellationToken),
            _ => await tracker.Purge.HasRunAsync(id, cancellationToken) || (_references ??= await readReferences()).Names(id),
        };
        if (_known.Count == MaxKnown)
            _known.Clear();
        return _known[owner] = isThere;
    }
}
