namespace MlOps.Domain.Experiments;

/// <summary>Paths that are being written now, by this process: a file must not come to be where another writer needs a folder. Any thread.</summary>
internal sealed class WritesUnderWay
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _folders = new(StringComparer.Ordinal);

    /// <summary>Until what it returns is disposed; null while there is a writer of a file below the path, or of one that has the name of a folder on the way to it.</summary>
    public IDisposable? Enter(string path)
    {
        string[] folders = [.. FoldersOf(path)];
        lock (_lock)
        {
            if (_folders.ContainsKey(path) || Array.Exists(folders, _files.ContainsKey))
                return null;
            Count(_files, path, 1);
            foreach (string folder in folders)
                Count(_folders, folder, 1);
        }

        return new Entered(this, path, folders);
    }

    /// <summary>Innermost first.</summary>
    public static IEnumerable<string> FoldersOf(string path)
    {
        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            yield return path[..slash];
    }

    private void Leave(string path, string[] folders)
    {
        lock (_lock)
        {
            Count(_files, path, -1);
            foreach (string folder in folders)
                Count(_folders, folder, -1);
        }
    }

    private static void Count(Dictionary<string, int> counts, string path, int more)
    {
        if ((counts[path] = counts.GetValueOrDefault(path) + more) == 0)
            counts.Remove(path);
    }

    private sealed class Entered(WritesUnderWay all, string path, string[] folders) : IDisposable
    {
        public void Dispose() => all.Leave(path, folders);
    }
}
