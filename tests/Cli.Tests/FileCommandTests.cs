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
            Assert.All(trainer.Parameters, p => Assert.Contains($" {p.Name}={p.DefaultText} ({p.Range}): {p.Meaning}", help, StringComparison.Ordinal));
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
    public async Task Train_Auto_SaysWhichFamilyIsBestAndByHowMuchOverTheBaseline()
    {
        string[] common = ["train", "--input", Samples.Head(Samples.Telco, 200, _folder.FullPath), "--target", "churn", "--task", "binary", "--trainer", "auto", "--set", "folds=2", "--out", _folder["auto"]];

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

    [Fact]
    public async Task ModelExport_FileOfOurs_IsReadBackWithTheSameScores()
    {
        string rows = Samples.Head(Samples.Telco, 200, _folder.FullPath), model = _folder["own.mlmodel"];
        await Cli.RunAsync("train", "--input", rows, "--target", "churn", "--task", "binary", "--set", "trees=3", "--out", model);

        Cli exported = await Cli.RunAsync("model", "export", model, "--format", "onnx", "--out", _folder["own.onnx"], "--json");
        Cli own = await Cli.RunAsync("evaluate", "--model", model, "--input", rows, "--json"), other = await Cli.RunAsync("evaluate", "--model", _folder["own.onnx"], "--input", rows, "--target", "churn", "--json");

        Assert.Equal((0, 0), (exported.ExitCode, other.ExitCode));
        Assert.Equal((double)own.Json["metrics"]!["auc"]!, (double)other.Json["metrics"]!["auc"]!, 1e-6);
    }

    [Fact]
    public async Task Train_Weight_MeasuresByItAsEvaluateDoes()
    {
        string rows = _folder["weighted.csv"];
        await File.WriteAllLinesAsync(rows, ["x,w,y", .. Enumerable.Range(0, 90).Select(i => i % 3 == 0 ? $"{i}.5,0,-500" : $"{i}.5,2,{(2 * i) + 1}")]);

        Cli trained = await Cli.RunAsync("train", "--input", rows, "--target", "y", "--task", "regression", "--trainer", "linear", "--weight", "w", "--out", _folder["weighted.mlmodel"], "--json");
        Cli evaluated = await Cli.RunAsync("evaluate", "--model", _folder["weighted.mlmodel"], "--input", rows, "--weight", "w", "--json");

        Assert.InRange((double)trained.Json["metrics"]!["rmse"]!, 0, 5);
        Assert.Equal((double)evaluated.Json["metrics"]!["rmse"]!, (double)trained.Json["metrics"]!["rmse"]!, 1e-12);
        Assert.InRange((double)trained.Json["baseline"]!["rmse"]!, 30, 70);
    }

    [Fact]
    public async Task Predict_ThenEvaluate_UseTheModelFile()
    {
        string model = await TrainedAsync();
        string output = _folder["predictions.csv"];

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
        string input = _folder["bad.csv"];
        await File.WriteAllTextAsync(input, content);
        string model = _folder["never"];

        Cli run = await Cli.RunAsync("train", "--input", input, "--target", "churn", "--task", "binary", "--out", model);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(model));
        Assert.DoesNotContain("sha256", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_OnATargetWithAGap_NamesTheLineOfTheFileAndWritesNothing()
    {
        string input = _folder["gap.csv"];
        await File.WriteAllTextAsync(input, "x,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i},{(i == 17 ? "" : i * 2)}\n")));

        Cli run = await Cli.RunAsync(
            "train", "--input", input, "--target", "y", "--task", "regression", "--trainer", "linear", "--hold-out", "0.3", "--seed", "5", "--out", _folder["never"], "--json");

        Assert.Equal((2, "target-missing"), (run.ExitCode, (string)run.Json["error"]!["code"]!));
        Assert.Contains("target 'y' is missing in 1 of 40 rows, first in row 18 (line 19", (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal([input], Directory.EnumerateFiles(_folder.FullPath));
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

    [Theory]
    [InlineData("visits", "visitz", "model-input", "column 'visits' is absent; did you mean 'visitz'?")]
    [InlineData("12", "a dozen", "csv-value", "line 3, column 2 'visits': 'a dozen' is not a number; mend the value")]
    public async Task Predict_OnAFileThatDoesNotFit_SaysWhatWhereAndWritesNothing(string text, string instead, string code, string said)
    {
        string model = await SmallModelAsync(), output = _folder["out.csv"];
        await File.WriteAllTextAsync(_folder["rows.csv"], "income,visits\n1,10\n2,12\n".Replace(text, instead, StringComparison.Ordinal));

        Cli run = await Cli.RunAsync("predict", "--model", model, "--input", _folder["rows.csv"], "--out", output, "--json");

        Assert.Equal((2, code), (run.ExitCode, (string)run.Json["error"]!["code"]!));
        Assert.StartsWith(_folder["rows.csv"] + ": ", (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Contains(said, (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public async Task Explain_WritesAColumnAFeatureThenTheBase_AndRowsAddUpToTheMargin()
    {
        string model = await TrainedAsync();
        string rows = Samples.Head(Samples.Telco, 40, _folder.FullPath);

        Cli explained = await Cli.RunAsync("explain", "--model", model, "--input", rows, "--out", _folder["why.csv"], "--json");
        await Cli.RunAsync("predict", "--model", model, "--input", rows, "--out", _folder["p.csv"]);

        Assert.Equal((0, 40, "tree-shap"), (explained.ExitCode, (int)explained.Json["rows"]!, (string)explained.Json["method"]!));
        string[] lines = await File.ReadAllLinesAsync(_folder["why.csv"]);
        Assert.Equal((await File.ReadAllLinesAsync(rows))[0].Replace("churn,", "", StringComparison.Ordinal) + ",base", lines[0]);
        double[] margins = [.. lines.Skip(1).Select(line => line.Split(',').Sum(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)))];
        double[] yes = [.. File.ReadLines(_folder["p.csv"]).Skip(1).Select(line => double.Parse(line.Split(',')[2], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(yes.Select(p => Math.Log(p / (1 - p))), margins, (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public async Task Explain_Multiclass_IsOfThePredictedClassOrTheOneAskedFor()
    {
        string rows = "base,kind\n" + string.Concat(Enumerable.Range(0, 90).Select(i => $"{i},{(i < 30 ? "a" : i < 60 ? "b" : "c")}\n"));
        await File.WriteAllTextAsync(_folder["kinds.csv"], rows);
        await Cli.RunAsync("train", "--input", _folder["kinds.csv"], "--target", "kind", "--task", "multiclass", "--set", "trees=3", "--out", _folder["m"]);
        string[] explain = ["explain", "--model", _folder["m"], "--input", _folder["kinds.csv"], "--out", _folder["why.csv"]];

        Cli predicted = await Cli.RunAsync(explain);
        string[] lines = await File.ReadAllLinesAsync(_folder["why.csv"]);
        Cli asked = await Cli.RunAsync([.. explain, "--class", "b"]);
        Cli unknown = await Cli.RunAsync([.. explain, "--class", "d"]);

        Assert.Equal((0, 0, 2), (predicted.ExitCode, asked.ExitCode, unknown.ExitCode));
        Assert.Equal("base,_base,class", lines[0]);
        Assert.Equal(("a", "c"), (lines[1].Split(',')[2], lines[90].Split(',')[2]));
        Assert.Equal("base,_base", (await File.ReadAllLinesAsync(_folder["why.csv"]))[0]);
        Assert.Contains("--class 'd' is no class of the model (it has: a, b, c)", unknown.Error.Replace("; did you mean 'a'?", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_WithoutTheTruth_NamesTheColumn()
    {
        string model = await SmallModelAsync();
        await File.WriteAllTextAsync(_folder["rows.csv"], "income,visits,buys\n1,10,Yes\n2,12,No\n");

        Cli run = await Cli.RunAsync("evaluate", "--model", model, "--input", _folder["rows.csv"], "--json");

        Assert.Equal((2, "target-missing"), (run.ExitCode, (string)run.Json["error"]!["code"]!));
        Assert.Contains("rows.csv: there is no column 'bought' with the truth (it has: income, visits, buys); name another with --target", (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
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
    public async Task Train_WithTypes_ReadsTheColumnsSo()
    {
        string[] common = ["train", "--input", Samples.Head(Samples.Telco, 300, _folder.FullPath), "--target", "churn", "--task", "binary", "--set", "trees=5", "--json"];
        Cli inferred = await Cli.RunAsync([.. common, "--out", _folder["a"]]);
        Cli typed = await Cli.RunAsync([.. common, "--type", "senior_citizen=category", "--type", "tenure=category", "--out", _folder["b"]]);
        Cli wrong = await Cli.RunAsync([.. common, "--type", "tenure=zip", "--out", _folder["c"]]);

        Assert.NotEqual((string)inferred.Json["modelHash"]!, (string)typed.Json["modelHash"]!);
        Assert.Equal("column-type", (string)wrong.Json["error"]!["code"]!);
    }

    [Fact]
    public async Task NaN_IsAMissingValueInFeatures_AndInATargetIsToldWithItsRow()
    {
        string rows = string.Join('\n', Enumerable.Range(0, 60).Select(i => $"{(i % 7 == 0 ? "NaN" : i)},{i * 2}"));
        string input = _folder["nan.csv"];
        string[] common = ["train", "--input", input, "--task", "regression", "--set", "trees=5", "--json"];
        await File.WriteAllTextAsync(input, $"x,y\n{rows}\n");

        Cli trained = await Cli.RunAsync([.. common, "--target", "y", "--out", _folder["m"]]);
        Cli predicted = await Cli.RunAsync("predict", "--model", _folder["m"], "--input", input, "--out", _folder["p.csv"], "--json");
        Cli refused = await Cli.RunAsync([.. common, "--target", "x", "--out", _folder["never"]]);

        Assert.Equal(60, (int)trained.Json["rows"]!);
        Assert.Equal(60, (int)predicted.Json["rows"]!);
        Assert.DoesNotContain("NaN", await File.ReadAllTextAsync(_folder["p.csv"]), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("'x'", (string)refused.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["never"]));
    }

    [Fact]
    public async Task AFileThatIsNotUtf8_IsToldWithLineAndColumn_ByTrainAndPredict()
    {
        string input = _folder["latin1.csv"];
        await File.WriteAllBytesAsync(input, System.Text.Encoding.Latin1.GetBytes("a,churn\n1,Yes\nM\u00fcnchen,No\n"));

        Cli trained = await Cli.RunAsync("train", "--input", input, "--target", "churn", "--task", "binary", "--out", _folder["never"]);
        Cli predicted = await Cli.RunAsync("predict", "--model", await TrainedAsync(), "--input", input, "--out", _folder["never"]);

        Assert.All([trained, predicted], run =>
        {
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("UTF-8", run.Error, StringComparison.Ordinal);
            Assert.Contains("line 3", run.Error, StringComparison.Ordinal);
            Assert.Contains("column 1", run.Error, StringComparison.Ordinal);
        });
        Assert.False(File.Exists(_folder["never"]));
    }

    [SkippableFact]
    public async Task AFileThatCannotBeRead_IsNamed_ByTrainAndPredict()
    {
        Skip.If(OperatingSystem.IsWindows(), "a link that leads to itself");
        string input = _folder["loop.csv"];
        File.CreateSymbolicLink(input, input);

        Cli trained = await Cli.RunAsync("train", "--input", input, "--target", "churn", "--task", "binary", "--out", _folder["never"]);
        Cli predicted = await Cli.RunAsync("predict", "--model", await TrainedAsync(), "--input", input, "--out", _folder["never"]);
        Cli model = await Cli.RunAsync("predict", "--model", Samples.Telco, "--input", Samples.Telco, "--out", _folder["never"]);

        Assert.All([trained, predicted], run =>
        {
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("loop.csv", run.Error, StringComparison.Ordinal);
        });
        Assert.Equal(2, model.ExitCode);
        Assert.Contains("telco-churn.csv", model.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["never"]));
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
        string model = _folder["small.mlops"];
        await File.WriteAllTextAsync(_folder["small.csv"], "income,visits,bought\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i},{i * 7 % 11},{(i % 3 == 0 ? "Yes" : "No")}\n")));
        Cli run = await Cli.RunAsync("train", "--input", _folder["small.csv"], "--target", "bought", "--task", "binary", "--trainer", "linear", "--out", model, "--json");
        Assert.Equal(0, run.ExitCode);
        return model;
    }

    [Fact]
    public async Task Explain_EveryMethod_GivesItsTable()
    {
        string model = await TrainedAsync(), few = _folder["few.csv"], why = _folder["method.csv"];
        await File.WriteAllLinesAsync(few, File.ReadLines(Samples.Telco).Take(41));
        string[] explain = ["explain", "--model", model, "--input", few, "--json", "--method"];

        Cli importance = await Cli.RunAsync([.. explain, "importance"]);
        Cli permutation = await Cli.RunAsync([.. explain, "permutation", "--metric", "logLoss", "--repeats", "2", "--out", why]);
        Cli ale = await Cli.RunAsync([.. explain, "ale", "--feature", "tenure", "--feature", "contract", "--points", "4"]);
        Cli other = await Cli.RunAsync([.. explain, "shap", "--background", few, "--out", why]);
        Cli ice = await Cli.RunAsync([.. explain, "ice", "--feature", "tenure", "--points", "3", "--rows", "2"]);

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

    private async Task<string> TrainedAsync()
    {
        string model = _folder["model.mlops"];
        Cli run = await Cli.RunAsync("train", "--input", Samples.Telco, "--target", "churn", "--task", "binary", "--set", "trees=15", "--out", model, "--json");
        Assert.Equal(0, run.ExitCode);
        return model;
    }
}
