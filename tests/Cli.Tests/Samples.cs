namespace MlOps.Cli.Tests;

/// <summary>The sample files, which the build puts beside the command.</summary>
internal static class Samples
{
    public static string Telco => Data("telco-churn.csv");

    public static string TelcoPipeline => Path.Combine(AppContext.BaseDirectory, "samples", "telco-churn.pipeline.yaml");

    /// <summary>The first rows of a sample as a file of their own.</summary>
    public static string Head(string source, int rows, string folder)
    {
        string path = Path.Combine(folder, $"head-{rows}-{Path.GetFileName(source)}");
        File.WriteAllLines(path, File.ReadLines(source).Take(rows + 1));
        return path;
    }

    /// <summary>A file that another library wrote, where the repository has it.</summary>
    public static string Imported(string name)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MlOps.sln")))
            folder = folder.Parent;
        return Path.Combine(folder!.FullName, "tests", "Learning.Tests", "Importing", "Samples", name);
    }

    private static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "samples", "data", name);
}
