using System.Text.Json.Nodes;
using MlOps.Contracts;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Tests;

/// <summary>`train`, `predict`, `evaluate` and `drift` on files: the fixed JSON, the exit codes, and what bad input is told.</summary>
public sealed class FileCommandTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gbdt", "trees=20")]
    [InlineData("linear", "l2=1")]
    public async Task Train_OnRealData_WritesTheModelAndSaysWhatTheContractPromises(string trainer, string set)
    {
        string model = _folder["churn.mlops"];

        Cli trained = await Cli.RunAsync("train", "--input", Samples.Telco, "--target", "churn", "--task", "binary", "--trainer", trainer, "--set", set, "--seed", "7", "--out", model, "--json");

        Assert.Equal(0, trained.ExitCode);
        JsonNode json = trained.Json;
        Assert.Equal(7043, (int)json["rows"]!);
        Assert.Equal(19, (int)json["features"]!);
        Assert.True((double)json["secondsRead"]! > 0);
        Assert.True((double)json["secondsFit"]! > 0);
        Assert.InRange((double)json["metrics"]!["auc"]!, 0.8, 1);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(model))), (string)json["modelHash"]!);
    }

    [Fact]
    public async Task TrainHelp_EveryTrainer_HasItsParametersWithDefaultAndMeaning()
    {
        string help = string.Join(' ', (await Cli.RunAsync("train", "--help")).Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        Assert.All(TrainerCatalog.Default.Trainers, trainer =>
        {
            Assert.Contains($" {trainer.Name}: ", help, StringComparison.Ordinal);
            Assert.All(trainer.Parameters, p => Assert.Contains(FormattableString.Invariant($" {p.Name}={p.Default:R} ({p.Minimum:R} to {p.Maximum:R}): {p.Meaning}"), help, StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task Train_WithOtherThreadCounts_WritesTheSameBytes()
    {
        string[] common = ["train", "--input", Samples.Head(Samples.Telco, 2000, _folder.FullPath), "--target", "churn", "--task", "binary", "--set", "trees=15", "--json"];
        Cli one = await Cli.RunAsync([.. common, "--threads", "1", "--out", _folder["a"]]);
        Cli four = await Cli.RunAsync([.. common, "--threads", "4", "--out", _folder["b"]]);

        Assert.Equal((string)one.Json["modelHash"]!, (string)four.Json["modelHash"]!);
    }

    [Fact]
    public async Task Predict_ThenEvaluate_UseTheModelFile()
    {
        string model = await TrainedAsync();
        string output = _folder["predictions.csv"];

        Cli predicted = await Cli.RunAsync("predict", "--model", model, "--input", Samples.Telco, "--out", output, "--json");
        Cli evaluated = await Cli.RunAsync("evaluate", "--model", model, "--input", Samples.Telco, "--target", "churn", "--json");

        Assert.Equal(0, predicted.ExitCode);
        string[] lines = await File.ReadAllLinesAsync(output);
        Assert.Equal("prediction,p_No,p_Yes", lines[0]);
        Assert.Equal(7044, lines.Length);
        Assert.InRange((double)evaluated.Json["metrics"]!["auc"]!, 0.8, 1);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a;b;churn\n1;2;Yes\n", "pass the delimiter ';'")]
    [InlineData("a,b\n1,2\n", "churn")]
    [InlineData("a,churn\n1,Yes\n2,Yes\n", "class")]
    [InlineData("a,churn\n1,Yes\n2\n", "line 3")]
    public async Task Train_OnABadFile_SaysWhatAndWhereAndWritesNothing(string content, string said)
    {
        string input = _folder["bad.csv"];
        await File.WriteAllTextAsync(input, content);
        string model = _folder["never"];

        Cli run = await Cli.RunAsync("train", "--input", input, "--target", "churn", "--task", "binary", "--out", model);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(model));
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Train_WithoutAFile_FailsAsBadInput()
    {
        Cli run = await Cli.RunAsync("train", "--input", _folder["none.csv"], "--target", "churn", "--task", "binary", "--out", _folder["m"], "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("file-missing", (string)run.Json["error"]!["code"]!);
    }

    [Fact]
    public async Task Train_WithAMisspeltParameter_NamesTheOneMeant()
    {
        Cli run = await Cli.RunAsync("train", "--input", Samples.Telco, "--target", "churn", "--task", "binary", "--set", "tree=20", "--out", _folder["m"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'trees'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_WithoutAFeature_NamesIt()
    {
        string model = await TrainedAsync();
        string input = _folder["short.csv"];
        await File.WriteAllTextAsync(input, "tenure,contract\n1,One year\n");
        string output = _folder["out.csv"];

        Cli run = await Cli.RunAsync("predict", "--model", model, "--input", input, "--out", output);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("monthly_charges", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public async Task Drift_OfAFileAgainstItself_FindsNone_AndOfAShiftedOne_Does()
    {
        string all = Samples.Telco;
        string monthly = _folder["monthly.csv"];
        string[] lines = await File.ReadAllLinesAsync(all);
        await File.WriteAllLinesAsync(monthly, lines.Where((line, i) => i == 0 || line.Contains("Month-to-month", StringComparison.Ordinal)));

        Cli same = await Cli.RunAsync("drift", "--reference", all, "--current", all, "--json");
        Cli shifted = await Cli.RunAsync("drift", "--reference", all, "--current", monthly, "--json");

        Assert.False((bool)same.Json["datasetDrift"]!);
        Assert.True((bool)shifted.Json["datasetDrift"]!);
        JsonNode contract = shifted.Json["columns"]!.AsArray().Single(c => (string)c!["name"]! == "contract")!;
        Assert.True((bool)contract["drifted"]!);
        Assert.Equal("chisquare", (string)contract["test"]!);
    }

    [Fact]
    public async Task AnUnknownCommand_IsBadUsage()
    {
        Cli run = await Cli.RunAsync("trian");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("trian", run.Error, StringComparison.Ordinal);
    }

    private async Task<string> TrainedAsync()
    {
        string model = _folder["model.mlops"];
        Cli run = await Cli.RunAsync("train", "--input", Samples.Telco, "--target", "churn", "--task", "binary", "--set", "trees=15", "--out", model, "--json");
        Assert.Equal(0, run.ExitCode);
        return model;
    }
}
