namespace MlOps.CrashHost;

/// <summary>A directory, and the journal point at which the work on it is cut off.</summary>
internal sealed class CrashLoad
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public CrashLoad(string root, int point, string? template)
    {
        (Directory, Point) = (Path.Combine(root, $"{point}"), point);
        System.IO.Directory.CreateDirectory(Directory);
        if (template is not null)
            Copy(template, Directory);
    }

    public string Directory { get; }

    public int Point { get; }

    /// <summary>There is no such point: the work came to its end before.</summary>
    public bool HasEnded => File.Exists(Directory + CrashLoads.EndedSuffix);

    public async Task GoOnAsync(Func<string, Task> restartAsync, Func<string, int, Task> checkAsync)
    {
        if (!HasEnded)
            await restartAsync(Directory).WaitAsync(Patience);
        await checkAsync(Directory, Point);
    }

    private static void Copy(string from, string to)
    {
        foreach (string folder in System.IO.Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            System.IO.Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (string file in System.IO.Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
