using System.CommandLine;
using System.Text.RegularExpressions;

namespace MlOps.Cli.Tests;

/// <summary>The command lines of the guides: what nobody runs in a test is at least what the command takes, with names that exist.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "docs");

    [Fact]
    public void Lines_OfEveryGuide_AreUnderstood()
    {
        List<string> wrong = [];
        foreach ((string document, string line) in Lines())
            wrong.AddRange(MlOpsCommand.Root().Parse(Words(line)).Errors.Select(e => $"{document}: `{line}`: {e.Message}"));

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(Lines().Count(l => l.Document == "azure.md") > 6);
    }

    [Fact]
    public void Names_OfTheAzureGuide_AreThoseOfTheSamples()
    {
        string samples = string.Concat(Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "samples"), "*.yaml").Select(File.ReadAllText));
        string[] models = [.. ModelOf().Matches(samples).Select(m => m.Groups[1].Value)];
        string text = File.ReadAllText(Path.Combine(Folder, "azure.md"));

        Assert.All(Lines().Where(l => l.Document == "azure.md").Select(l => Watched().Match(l.Line)).Where(m => m.Success), m => Assert.Contains(m.Groups[1].Value, models));
        Assert.All(SamplePath().Matches(text), m => Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, m.Value)), m.Value));
        string retrained = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "samples/telco-churn.pipeline.yaml"));
        Assert.Contains($" -n {DatasetOf().Match(retrained).Groups[1].Value}/inbox/", text);
        Assert.Contains("newData: true", retrained);
    }

    /// <summary>Every `mlops ...` of a block of shell lines, without what a shell would do before and after it.</summary>
    private static IEnumerable<(string Document, string Line)> Lines() =>
        from file in Directory.EnumerateFiles(Folder, "*.md")
        from Match block in Block().Matches(File.ReadAllText(file).ReplaceLineEndings("\n"))
        from line in block.Groups[1].Value.Split('\n')
        from command in Comment().Replace(line, "").Split([";", "&&", "|"], StringSplitOptions.TrimEntries)
        where command.StartsWith("mlops ", StringComparison.Ordinal)
        select (Path.GetFileName(file), Redirect().Replace(command, "").TrimEnd('&', ' '));

    private static string[] Words(string line) => [.. Word().Matches(line).Skip(1).Select(m => m.Value.Trim('"', '\''))];

    [GeneratedRegex("```(?:sh|bash)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(^|\s)#\s.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s\d?>\s*\S+")]
    private static partial Regex Redirect();

    [GeneratedRegex("""
        "[^"]*"|'[^']*'|\S+
        """)]
    private static partial Regex Word();

    [GeneratedRegex(@"^\s*(?:model|name): ([\w-]+)", RegexOptions.Multiline)]
    private static partial Regex ModelOf();

    [GeneratedRegex(@"^dataset: ([\w-]+)", RegexOptions.Multiline)]
    private static partial Regex DatasetOf();

    [GeneratedRegex(@"(?:drift|rollout status) ([\w-]+)")]
    private static partial Regex Watched();

    [GeneratedRegex(@"samples/[\w./-]+\.(?:yaml|csv|json)")]
    private static partial Regex SamplePath();
}
