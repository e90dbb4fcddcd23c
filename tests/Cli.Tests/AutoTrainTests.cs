using System.Text.Json.Nodes;

namespace MlOps.Cli.Tests;

/// <summary>`train --trainer auto` on files.</summary>
public sealed class AutoTrainTests : FileCommandTest
{
    [Fact]
    public async Task Train_Auto_SaysWhichFamilyIsBestAndByHowMuchOverTheBaseline()
    {
        string[] common = ["train", "--input", Samples.Head(Samples.Telco, 200, Folder.FullPath), "--target", "churn", "--task", "binary", "--trainer", "auto", "--set", "folds=2", "--out", Folder["auto"]];

        JsonNode json = (await Cli.RunAsync([.. common, "--json"])).Json;
        Cli text = await Cli.RunAsync(common);

        JsonNode auto = json["auto"]!;
        string chosen = (string)auto["chosen"]!;
        Assert.Equal(["linear", "gbdt", "forest"], auto["families"]!.AsArray().Select(f => (string)f!["trainer"]!));
        Assert.Equal(chosen, (string)json["trainer"]!);
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("baseline", (string)auto["reason"]!, StringComparison.Ordinal);
        Assert.Contains($"{chosen} (chosen)", text.Output, StringComparison.Ordinal);
        Assert.Contains("over the baseline", string.Join(' ', text.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    /// <summary>The contest's folds and fits too: what wins, and by how much, does not depend on the machine.</summary>
    [Fact]
    public async Task Train_AutoOnAnyThreads_SameModelAndReport()
    {
        string input = Samples.Head(Samples.Telco, 150, Folder.FullPath);
        List<(string, string)> found = [];
        foreach (string threads in new[] { "1", "2", "3" })
        {
            JsonNode json = (await Cli.RunAsync("train", "--input", input, "--target", "churn", "--task", "binary", "--trainer", "auto", "--set", "folds=2", "--threads", threads, "--out", Folder["auto"], "--json")).Json;
            found.Add(((string)json["modelHash"]!, json["auto"]!.ToJsonString()));
        }

        Assert.Single(found.Distinct());
    }
}
