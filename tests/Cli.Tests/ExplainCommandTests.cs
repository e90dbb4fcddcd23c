using System.Text.Json.Nodes;

namespace MlOps.Cli.Tests;

/// <summary>`explain` on files: its tables by each method, and what it needs.</summary>
public sealed class ExplainCommandTests : FileCommandTest
{
    [Fact]
    public async Task Explain_WritesAColumnAFeatureThenTheBase_AndRowsAddUpToTheMargin()
    {
        string model = await TrainedAsync();
        string rows = Samples.Head(Samples.Telco, 40, Folder.FullPath);

        Cli explained = await Cli.RunAsync("explain", "--model", model, "--input", rows, "--out", Folder["why.csv"], "--json");
        await Cli.RunAsync("predict", "--model", model, "--input", rows, "--out", Folder["p.csv"]);

        Assert.Equal((0, 40, "tree-shap"), (explained.ExitCode, (int)explained.Json["rows"]!, (string)explained.Json["method"]!));
        string[] lines = await File.ReadAllLinesAsync(Folder["why.csv"]);
        Assert.Equal((await File.ReadAllLinesAsync(rows))[0].Replace("churn,", "", StringComparison.Ordinal) + ",base", lines[0]);
        double[] margins = [.. lines.Skip(1).Select(line => line.Split(',').Sum(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)))];
        double[] yes = [.. File.ReadLines(Folder["p.csv"]).Skip(1).Select(line => double.Parse(line.Split(',')[2], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(yes.Select(p => Math.Log(p / (1 - p))), margins, (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public async Task Explain_Multiclass_IsOfThePredictedClassOrTheOneAskedFor()
    {
        string rows = "base,kind\n" + string.Concat(Enumerable.Range(0, 90).Select(i => $"{i},{(i < 30 ? "a" : i < 60 ? "b" : "c")}\n"));
        await File.WriteAllTextAsync(Folder["kinds.csv"], rows);
        await Cli.RunAsync("train", "--input", Folder["kinds.csv"], "--target", "kind", "--task", "multiclass", "--set", "trees=3", "--out", Folder["m"]);
        string[] explain = ["explain", "--model", Folder["m"], "--input", Folder["kinds.csv"], "--out", Folder["why.csv"]];

        Cli predicted = await Cli.RunAsync(explain);
        string[] lines = await File.ReadAllLinesAsync(Folder["why.csv"]);
        Cli asked = await Cli.RunAsync([.. explain, "--class", "b"]);
        Cli unknown = await Cli.RunAsync([.. explain, "--class", "d"]);

        Assert.Equal((0, 0, 2), (predicted.ExitCode, asked.ExitCode, unknown.ExitCode));
        Assert.Equal("base,_base,class", lines[0]);
        Assert.Equal(("a", "c"), (lines[1].Split(',')[2], lines[90].Split(',')[2]));
        Assert.Equal("base,_base", (await File.ReadAllLinesAsync(Folder["why.csv"]))[0]);
        Assert.Contains("--class 'd' is no class of the model (it has: a, b, c)", unknown.Error.Replace("; did you mean 'a'?", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_EveryMethod_GivesItsTable()
    {
        string model = await TrainedAsync(), few = Folder["few.csv"], why = Folder["method.csv"];
        await File.WriteAllLinesAsync(few, File.ReadLines(Samples.Telco).Take(41));
        string[] explain = ["explain", "--model", model, "--input", few, "--json", "--method"];

        Cli importance = await Cli.RunAsync([.. explain, "importance"]);
        Cli permutation = await Cli.RunAsync([.. explain, "permutation", "--metric", "logLoss", "--repeats", "2", "--out", why]);
        Cli ale = await Cli.RunAsync([.. explain, "ale", "--feature", "tenure", "--feature", "contract", "--points", "4"]);
        Cli other = await Cli.RunAsync([.. explain, "shap", "--background", few, "--out", why]);
        Cli ice = await Cli.RunAsync([.. explain, "ice", "--feature", "tenure", "--points", "3", "--rows", "2"]);

        // Partial dependence is the mean of the rows' own curves.
        JsonNode pdp = (await Cli.RunAsync([.. explain, "pdp", "--feature", "tenure", "--points", "3"])).Json["effects"]![0]!;
        JsonNode own = (await Cli.RunAsync([.. explain, "ice", "--feature", "tenure", "--points", "3", "--rows", "40"])).Json["effects"]![0]!;
        Assert.Equal(("tenure", 3, 40), ((string)pdp["feature"]!, pdp["points"]!.AsArray().Count, own["individual"]!.AsArray().Count));
        Assert.All(Enumerable.Range(0, 3), at => Assert.Equal(
            own["individual"]!.AsArray().Average(row => (double)row!["effects"]![at]![0]!), (double)pdp["points"]![at]!["effects"]![0]!, 1e-12));
        Assert.NotEqual((double)pdp["points"]![0]!["effects"]![0]!, (double)pdp["points"]![2]!["effects"]![0]!);
        Assert.Equal(19, importance.Json["features"]!.AsArray().Count);
        Assert.Equal(19, permutation.Json["features"]!.AsArray().Count);
        Assert.Equal("feature,mean,deviation", File.ReadLines(why).First());
        Assert.Equal(["tenure", "contract"], ale.Json["effects"]!.AsArray().Select(e => (string)e!["feature"]!));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("shap does not look at --background: leave it out, or use --method interventional", other.Output, StringComparison.Ordinal);
        Assert.Equal(2, ice.Json["effects"]![0]!["individual"]!.AsArray().Count);
        foreach (string[] ofRows in (string[][])[["interactions"], ["interventional", "--background", few]])
        {
            Cli run = await Cli.RunAsync([.. explain, .. ofRows, "--out", why]);
            Assert.Equal((0, 40), (run.ExitCode, (int)run.Json["rows"]!));
            Assert.Equal(ofRows.Length == 1 ? 1 + (40 * 19) : 41, File.ReadLines(why).Count());
        }
    }

    [Fact]
    public async Task Explain_ImportanceOfAFileWithoutGains_SaysSoAndShowsWhatThereIs()
    {
        string[] explain = ["explain", "--model", Samples.Imported("onnx-boosted.onnx"), "--method", "importance"];

        Cli text = await Cli.RunAsync([.. explain, "--out", Folder["importance.csv"]]);
        Cli json = await Cli.RunAsync([.. explain, "--json"]);

        Assert.Equal((0, 0), (text.ExitCode, json.ExitCode));
        Assert.Contains("no gains", text.Output, StringComparison.Ordinal);
        Assert.Contains("no gains", (string)json.Json["note"]!, StringComparison.Ordinal);
        JsonNode first = json.Json["features"]![0]!;
        Assert.Null(first["gain"]);
        Assert.True((double)first["totalCover"]! > 0);
        string[] cells = File.ReadLines(Folder["importance.csv"]).ElementAt(1).Split(',');
        Assert.Equal(("", ""), (cells[2], cells[4]));
    }

    [Theory]
    [InlineData("shop", "did you mean 'shap'")]
    [InlineData("shap", "--out FILE.csv")]
    [InlineData("pdp", "--feature NAME")]
    [InlineData("interventional", "--out FILE.csv")]
    public async Task Explain_WithoutWhatAMethodNeeds_SaysIt(string method, string said)
    {
        Cli run = await Cli.RunAsync("explain", "--model", await TrainedAsync(), "--input", Samples.Telco, "--method", method);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }
}
