using System.Text.Json;

namespace MlOps.Embedded.Tests.Workflows;

/// <summary>
/// The committed histories beside this file. A new one: call <see cref="IsCommitted"/> in a test, run it, and commit the file that
/// it says it has written.
/// </summary>
internal static class Histories
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Workflows", "Histories");

    public static IEnumerable<string> Files => Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileName(f)!);

    public static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    /// <summary>The exported history asks for the same steps as the committed one.</summary>
    public static void IsCommitted(string file, string exported)
    {
        string fresh = Path.Combine(AppContext.BaseDirectory, file);
        if (!Files.Contains(file))
            File.WriteAllText(fresh, exported + "\n");
        Assert.True(Files.Contains(file), $"no history {file} is committed; {fresh} is one: look at it and commit it under Workflows/Histories");
        Assert.Equal(StepsOf(Read(file)), StepsOf(exported));
    }

    private static IEnumerable<string> StepsOf(string history) =>
        JsonDocument.Parse(history).RootElement.GetProperty("events").EnumerateArray()
            .Where(e => e.GetProperty("kind").GetString() == "scheduled")
            .Select(e => $"{e.GetProperty("step")} {e.GetProperty("stepKind")} {e.GetProperty("name")}");
}
