namespace MlOps.Domain.Gc.Owners;

/// <summary>
/// Knows of one container which of its files belong to something that is there. It remembers what it read: who wants to know how things
/// stand now makes another.
/// </summary>
internal interface IFileOwners
{
    string Container { get; }

    /// <summary>Whether who comes to refer to a file always writes it again: one that is still the same is then referred to by nobody new.</summary>
    bool IsWrittenByWhoRefers { get; }

    /// <summary>What a file is told with: the folder of what it belongs, or belonged, to.</summary>
    string OwnerOf(string path);

    /// <summary>Of a file that was asked for and that nothing refers to: whether nobody else can know of it.</summary>
    bool IsOurs(string path) => true;

    /// <summary>What could not be read on the way, though files could be told apart without it; each once.</summary>
    IReadOnlyList<GcItem> TakeFailed() => [];

    /// <summary>Whether something refers to the file.</summary>
    ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken);
}

internal static class BlobPaths
{
    /// <summary>What stands before the first slash; all of a path without one.</summary>
    public static string First(string path) => path.IndexOf('/', StringComparison.Ordinal) is > 0 and int slash ? path[..slash] : path;
}
