namespace MlOps.Architecture;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    public static readonly string Root = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>Source files below a folder of the repository, in ordinal order, build output left out.</summary>
    public static IReadOnlyList<string> Sources(string folder, string pattern = "*.cs") =>
        [.. Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MlOps.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no MlOps.sln above {AppContext.BaseDirectory}");
    }
}
