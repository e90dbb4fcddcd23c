using System.Text.Json.Nodes;
using MlOps.Domain.Training;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Tests;

/// <summary>`train`, `predict`, `evaluate` and `drift` on files: the fixed JSON, the exit codes, and what bad input is told.</summary>
public sealed class FileCommandTests : FileCommandTest
{
    [Theory]
    [InlineData("gbdt", "trees=20")]
    [InlineData("linear", "l2=1")]
    public async Task Train_OnRealData_WritesTheModelAndSaysWhatTheContractPromises(string trainer, string set)
    {
        string model = Folder["churn.mlops"];

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
            Assert.All(trainer.Parameters, p => Assert.Contains($" {p.Name}={p.DefaultText} ({p.Range}): {p.Meaning}", help, StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task Train_WithOtherThreadCounts_WritesTheSameBytes()
    {
        string[] common = ["train", "--input", Samples.Head(Samples.Telco, 2000, Folder.FullPath), "--target", "churn", "--task", "binary", "--set", "trees=15", "--json"];
        Cli one = await Cli.RunAsync([.. common, "--threads", "1", "--out", Folder["a"]]);
        Cli four = await Cli.RunAsync([.. common, "--threads", "4", "--out", Folder["b"]]);

        Assert.Equal((string)one.Json["modelHash"]!, (string)four.Json["modelHash"]!);
    }

    [Fact]
    public async Task Train_Weight_MeasuresByItAsEvaluateDoes()
    {
        string rows = Folder["weighted.csv"];
        await File.WriteAllLinesAsync(rows, ["x,w,y", .. Enumerable.Range(0, 90).Select(i => i % 3 == 0 ? $"{i}.5,0,-500" : $"{i}.5,2,{(2 * i) + 1}")]);

        Cli trained = await Cli.RunAsync("train", "--input", rows, "--target", "y", "--task", "regression", "--trainer", "linear", "--weight", "w", "--out", Folder["weighted.mlmodel"], "--json");
        Cli evaluated = await Cli.RunAsync("evaluate", "--model", Folder["weighted.mlmodel"], "--input", rows, "--weight", "w", "--json");

        Assert.InRange((double)trained.Json["metrics"]!["rmse"]!, 0, 5);
        Assert.Equal((double)evaluated.Json["metrics"]!["rmse"]!, (double)trained.Json["metrics"]!["rmse"]!, 1e-12);
        Assert.InRange((double)trained.Json["baseline"]!["rmse"]!, 30, 70);
    }

    /// <summary>The round is the best of the rows that stopping watches, so metrics are of others: a tenth each.</summary>
    [Fact]
    public async Task Train_EarlyStop_MeasuresOnRowsThatDidNotChooseTheRound()
    {
        string input = Samples.Head(Samples.Telco, 1000, Folder.FullPath);
        string[] train = ["train", "--input", input, "--target", "churn", "--task", "binary", "--set", "trees=300", "--set", "earlyStop=5", "--seed", "3", "--out", Folder["stopped"]];

        JsonNode json = (await Cli.RunAsync([.. train, "--json"])).Json;
        Cli text = await Cli.RunAsync([.. train, "--hold-out", "0.2"]);
        Cli much = await Cli.RunAsync([.. train, "--hold-out", "0.5"]);

        Table table;
        await using (FileStream stream = File.OpenRead(input))
            table = await CsvReader.ReadAsync(stream, CsvOptions.Default, CancellationToken.None);
        var spec = new TrainingSpec { Task = LearningTask.Binary, Target = "churn", Seed = 3, Parameters = new Dictionary<string, string> { ["trees"] = "300", ["earlyStop"] = "5" } };
        DataSplit split = DataSplitter.Split(table, new SplitSpec(Test: 0.1, Validation: 0.1, Seed: 3), "churn", LearningTask.Binary);
        IModel model = TrainerCatalog.Default.Get("gbdt").Fit(spec, table.Take(split.Train), table.Take(split.Validation), null, CancellationToken.None);
        Assert.Equal((100, "holdOut", 100), ((int)json["rowsWatched"]!, (string)json["metricsOn"]!, split.Test.Length));
        Assert.Equal(ModelMetrics.Compute(model, table.Take(split.Test), "churn").Values["logLoss"], (double)json["metrics"]!["logLoss"]!, 1e-12);
        Assert.NotEqual(ModelMetrics.Compute(model, table.Take(split.Validation), "churn").Values["logLoss"], (double)json["metrics"]!["logLoss"]!, 1e-6);
        Assert.Equal((0, 2), (text.ExitCode, much.ExitCode));
        Assert.Contains("200 rows held out", text.Output, StringComparison.Ordinal);
        Assert.Contains("as many other rows held out", text.Output, StringComparison.Ordinal);
        Assert.Contains("kept twice", much.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_WithoutEarlyStop_KeepsNoRowsUnlessAsked()
    {
        string[] train = ["train", "--input", Samples.Head(Samples.Telco, 200, Folder.FullPath), "--target", "churn", "--task", "binary", "--set", "trees=3", "--out", Folder["m"]];

        JsonNode all = (await Cli.RunAsync([.. train, "--json"])).Json, held = (await Cli.RunAsync([.. train, "--hold-out", "0.2", "--json"])).Json;

        Assert.Equal(("training", "holdOut"), ((string)all["metricsOn"]!, (string)held["metricsOn"]!));
        Assert.Null(all["rowsWatched"]);
        Assert.Null(held["rowsWatched"]);
        Assert.DoesNotContain("early stop", (await Cli.RunAsync(train)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_ThenEvaluate_UseTheModelFile()
    {
        string model = await TrainedAsync();
        string output = Folder["predictions.csv"];

        Cli predicted = await Cli.RunAsync("predict", "--model", model, "--input", Samples.Telco, "--out", output, "--json");
        Cli evaluated = await Cli.RunAsync("evaluate", "--model", model, "--input", Samples.Telco, "--target", "churn", "--weight", "tenure", "--intervals", "20", "--json");

        Assert.Equal(0, predicted.ExitCode);
        string[] lines = await File.ReadAllLinesAsync(output);
        Assert.Equal("prediction,p_No,p_Yes", lines[0]);
        Assert.Equal(7044, lines.Length);
        Assert.InRange((double)evaluated.Json["metrics"]!["auc"]!, 0.8, 1);
        Assert.InRange((double)evaluated.Json["metrics"]!["auc"]!, (double)evaluated.Json["intervals"]!["auc"]!["low"]!, (double)evaluated.Json["intervals"]!["auc"]!["high"]!);
        Assert.Equal("Yes", (string)evaluated.Json["curves"]![0]!["class"]!);
        // Eleven customers came this month and weigh nothing.
        Assert.Equal(7043 - 11, evaluated.Json["calibrationByQuantiles"]!.AsArray().Sum(bin => (int)bin!["rows"]!));
    }

    [Theory]
    [InlineData("mcc", null, "mcc", 0)]
    [InlineData("rmse", null, "not defined for a binary task", 2)]
    [InlineData("auc", "tenur", "did you mean 'tenure'", 2)]
    public async Task Evaluate_ChosenMetric_SaysOnlyIt(string metric, string? weight, string said, int exitCode)
    {
        string[] weighted = weight is null ? [] : ["--weight", weight];

        Cli run = await Cli.RunAsync(["evaluate", "--model", await TrainedAsync(), "--input", Samples.Telco, "--metric", metric, .. weighted]);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(said, run.Output + run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("precision", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a;b;churn\n1;2;Yes\n", "pass the delimiter ';'")]
    [InlineData("a,b\n1,2\n", "churn")]
    [InlineData("a,churn\n1,Yes\n2,Yes\n", "class")]
    [InlineData("a,churn\n1,Yes\n2\n", "line 3")]
    public async Task Train_OnABadFile_SaysWhatAndWhereAndWritesNothing(string content, string said)
    {
        string input = Folder["bad.csv"];
        await File.WriteAllTextAsync(input, content);
        string model = Folder["never"];

        Cli run = await Cli.RunAsync("train", "--input", input, "--target", "churn", "--task", "binary", "--out", model);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(model));
        Assert.DoesNotContain("sha256", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_OnATargetWithAGap_NamesTheLineOfTheFileAndWritesNothing()
    {
        string input = Folder["gap.csv"];
        await File.WriteAllTextAsync(input, "x,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i},{(i == 17 ? "" : i * 2)}\n")));

        Cli run = await Cli.RunAsync(
            "train", "--input", input, "--target", "y", "--task", "regression", "--trainer", "linear", "--hold-out", "0.3", "--seed", "5", "--out", Folder["never"], "--json");

        Assert.Equal((2, "target-missing"), (run.ExitCode, (string)run.Json["error"]!["code"]!));
        Assert.Contains("target 'y' is missing in 1 of 40 rows, first in row 18 (line 19", (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal([input], Directory.EnumerateFiles(Folder.FullPath));
    }

    [Fact]
    public async Task Train_WithoutAFile_FailsAsBadInput()
    {
        Cli run = await Cli.RunAsync("train", "--input", Folder["none.csv"], "--target", "churn", "--task", "binary", "--out", Folder["m"], "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("file-missing", (string)run.Json["error"]!["code"]!);
    }

    [Fact]
    public async Task Train_WithAMisspeltParameter_NamesTheOneMeant()
    {
        Cli run = await Cli.RunAsync("train", "--input", Samples.Telco, "--target", "churn", "--task", "binary", "--set", "tree=20", "--out", Folder["m"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'trees'", run.Error, StringComparison.Ordinal);
    }

    /// <summary>The file is not to blame, so it is neither named nor read; this one could not be.</summary>
    [Theory]
    [InlineData("gbdt", "trees=-1", "trees = -1")]
    [InlineData("gbdt", "depth=0", "depth = 0 (no limit) needs leaves >= 2")]
    [InlineData("forest", "depth=deep", "depth")]
    public async Task Train_WithAWrongParameter_SaysSoBeforeTheFileIsRead(string trainer, string set, string message)
    {
        await File.WriteAllTextAsync(Folder["broken.csv"], "a,b\n1\n");

        Cli run = await Cli.RunAsync("train", "--input", Folder["broken.csv"], "--target", "b", "--task", "binary", "--trainer", trainer, "--set", set, "--out", Folder["m"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("broken.csv", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_WithoutAFeature_NamesIt()
    {
        string model = await TrainedAsync();
        string input = Folder["short.csv"];
        await File.WriteAllTextAsync(input, "tenure,contract\n1,One year\n");
        string output = Folder["out.csv"];

        Cli run = await Cli.RunAsync("predict", "--model", model, "--input", input, "--out", output);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("monthly_charges", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Theory]
    [InlineData("visits", "visitz", "model-input", "column 'visits' is absent; did you mean 'visitz'?")]
    [InlineData("12", "a dozen", "csv-value", "line 3, column 2 'visits': 'a dozen' is not a number; mend the value")]
    public async Task Predict_OnAFileThatDoesNotFit_SaysWhatWhereAndWritesNothing(string text, string instead, string code, string said)
    {
        string model = await SmallModelAsync(), output = Folder["out.csv"];
        await File.WriteAllTextAsync(Folder["rows.csv"], "income,visits\n1,10\n2,12\n".Replace(text, instead, StringComparison.Ordinal));

        Cli run = await Cli.RunAsync("predict", "--model", model, "--input", Folder["rows.csv"], "--out", output, "--json");

        Assert.Equal((2, code), (run.ExitCode, (string)run.Json["error"]!["code"]!));
        Assert.StartsWith(Folder["rows.csv"] + ": ", (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Contains(said, (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public async Task Evaluate_WithoutTheTruth_NamesTheColumn()
    {
        string model = await SmallModelAsync();
        await File.WriteAllTextAsync(Folder["rows.csv"], "income,visits,buys\n1,10,Yes\n2,12,No\n");

        Cli run = await Cli.RunAsync("evaluate", "--model", model, "--input", Folder["rows.csv"], "--json");

        Assert.Equal((2, "target-missing"), (run.ExitCode, (string)run.Json["error"]!["code"]!));
        Assert.Contains("rows.csv: there is no column 'bought' with the truth (it has: income, visits, buys); name another with --target", (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drift_OfAFileAgainstItself_FindsNone_AndOfAShiftedOne_Does()
    {
        string all = Samples.Telco;
        string monthly = Folder["monthly.csv"];
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
    public async Task Train_WithTypes_ReadsTheColumnsSo()
    {
        string[] common = ["train", "--input", Samples.Head(Samples.Telco, 300, Folder.FullPath), "--target", "churn", "--task", "binary", "--set", "trees=5", "--json"];
        Cli inferred = await Cli.RunAsync([.. common, "--out", Folder["a"]]);
        Cli typed = await Cli.RunAsync([.. common, "--type", "senior_citizen=category", "--type", "tenure=category", "--out", Folder["b"]]);
        Cli wrong = await Cli.RunAsync([.. common, "--type", "tenure=zip", "--out", Folder["c"]]);

        Assert.NotEqual((string)inferred.Json["modelHash"]!, (string)typed.Json["modelHash"]!);
        Assert.Equal("column-type", (string)wrong.Json["error"]!["code"]!);
    }

    [Fact]
    public async Task NaN_IsAMissingValueInFeatures_AndInATargetIsToldWithItsRow()
    {
        string rows = string.Join('\n', Enumerable.Range(0, 60).Select(i => $"{(i % 7 == 0 ? "NaN" : i)},{i * 2}"));
        string input = Folder["nan.csv"];
        string[] common = ["train", "--input", input, "--task", "regression", "--set", "trees=5", "--json"];
        await File.WriteAllTextAsync(input, $"x,y\n{rows}\n");

        Cli trained = await Cli.RunAsync([.. common, "--target", "y", "--out", Folder["m"]]);
        Cli predicted = await Cli.RunAsync("predict", "--model", Folder["m"], "--input", input, "--out", Folder["p.csv"], "--json");
        Cli refused = await Cli.RunAsync([.. common, "--target", "x", "--out", Folder["never"]]);

        Assert.Equal(60, (int)trained.Json["rows"]!);
        Assert.Equal(60, (int)predicted.Json["rows"]!);
        Assert.DoesNotContain("NaN", await File.ReadAllTextAsync(Folder["p.csv"]), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("'x'", (string)refused.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.False(File.Exists(Folder["never"]));
    }

    [Fact]
    public async Task AFileThatIsNotUtf8_IsToldWithLineAndColumn_ByTrainAndPredict()
    {
        string input = Folder["latin1.csv"];
        await File.WriteAllBytesAsync(input, System.Text.Encoding.Latin1.GetBytes("a,churn\n1,Yes\nM\u00fcnchen,No\n"));

        Cli trained = await Cli.RunAsync("train", "--input", input, "--target", "churn", "--task", "binary", "--out", Folder["never"]);
        Cli predicted = await Cli.RunAsync("predict", "--model", await TrainedAsync(), "--input", input, "--out", Folder["never"]);

        Assert.All([trained, predicted], run =>
        {
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("UTF-8", run.Error, StringComparison.Ordinal);
            Assert.Contains("line 3", run.Error, StringComparison.Ordinal);
            Assert.Contains("column 1", run.Error, StringComparison.Ordinal);
        });
        Assert.False(File.Exists(Folder["never"]));
    }

    [SkippableFact]
    public async Task AFileThatCannotBeRead_IsNamed_ByTrainAndPredict()
    {
        Skip.If(OperatingSystem.IsWindows(), "a link that leads to itself");
        string input = Folder["loop.csv"];
        File.CreateSymbolicLink(input, input);

        Cli trained = await Cli.RunAsync("train", "--input", input, "--target", "churn", "--task", "binary", "--out", Folder["never"]);
        Cli predicted = await Cli.RunAsync("predict", "--model", await TrainedAsync(), "--input", input, "--out", Folder["never"]);
        Cli model = await Cli.RunAsync("predict", "--model", Samples.Telco, "--input", Samples.Telco, "--out", Folder["never"]);

        Assert.All([trained, predicted], run =>
        {
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("loop.csv", run.Error, StringComparison.Ordinal);
        });
        Assert.Equal(2, model.ExitCode);
        Assert.Contains("telco-churn.csv", model.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Folder["never"]));
    }

    [Fact]
    public async Task AnUnknownCommand_IsBadUsage()
    {
        Cli run = await Cli.RunAsync("trian");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("trian", run.Error, StringComparison.Ordinal);
    }

    private async Task<string> SmallModelAsync()
    {
        string model = Folder["small.mlops"];
        await File.WriteAllTextAsync(Folder["small.csv"], "income,visits,bought\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i},{i * 7 % 11},{(i % 3 == 0 ? "Yes" : "No")}\n")));
        Cli run = await Cli.RunAsync("train", "--input", Folder["small.csv"], "--target", "bought", "--task", "binary", "--trainer", "linear", "--out", model, "--json");
        Assert.Equal(0, run.ExitCode);
        return model;
    }
}
