using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MlOps.Contracts;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>Commands on a data directory, which they host themselves, and on one that a server holds.</summary>
public sealed class DirectoryCommandTests : IDisposable
{
    private const string Pipeline = """
        name: churn
        dataset: telco
        task: binary
        target: churn
        trainer: { use: gbdt, parameters: { trees: 20 } }
        gates:
          absolute:
            - { metric: auc, atLeast: LIMIT }
        rollout: { strategy: direct }
        trigger: { newData: true }
        """;

    private readonly TempDirectory _folder = new();

    private string Data => Path.Combine(_folder.FullPath, "data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task DatasetAdd_Twice_GivesTheSameVersion()
    {
        string file = Samples.Head(Samples.Telco, 500, _folder.FullPath);
        Cli first = await RunAsync("dataset", "add", "telco", file, "--json");
        Cli second = await RunAsync("dataset", "add", "telco", file, "--json");
        Cli shown = await RunAsync("dataset", "show", "telco@1", "--json");

        Assert.True((bool)first.Json["created"]!);
        Assert.False((bool)second.Json["created"]!);
        Assert.Equal(1, (int)second.Json["version"]!["version"]!);
        Assert.Equal(500, (int)shown.Json["version"]!["rows"]!);
        Assert.Equal(20, shown.Json["profile"]!["columns"]!.AsArray().Count);
    }

    [Fact]
    public async Task PipelineRun_ThatPassesItsGates_MakesAChampionThatPredictAndLineageFind()
    {
        Cli run = await RunAsync("pipeline", "run", PipelineFile(0.7), "--input", Samples.Telco, "--json");
        Cli listed = await RunAsync("model", "list", "--json");
        Cli lineage = await RunAsync("model", "show", "churn@champion", "--json");
        Cli predicted = await RunAsync("predict", "--model", "models:/churn@champion", "--input", Samples.Telco, "--out", _folder["p.csv"], "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("promoted", (string)run.Json["result"]!["end"]!);
        Assert.Equal(1, (int)listed.Json[0]!["aliases"]!["champion"]!);
        Assert.Equal("telco@1", (string)lineage.Json["sources"]!["dataset"]!);
        Assert.Equal(7043, (int)predicted.Json["rows"]!);
    }

    [Fact]
    public async Task ModelImport_FileOfXgboost_IsAVersionAndPredictsAsTheFileDoes()
    {
        string file = Samples.Imported("xgb-categories.json");
        await File.WriteAllTextAsync(_folder["rows.csv"], "age,income,visits,plan,city\n0.5,,1.25,pro,7\n");
        await File.WriteAllTextAsync(_folder["codes.csv"], "age,income,visits,plan,city\n0.5,,1.25,2,7\n");

        Cli imported = await RunAsync("model", "import", file, "--name", "theirs", "--target", "churn", "--levels", "plan=basic,plus,pro", "--json");
        Cli version = await RunAsync("predict", "--model", "models:/theirs@latest", "--input", _folder["rows.csv"], "--out", _folder["version.csv"], "--json");
        Cli local = await RunAsync("predict", "--model", file, "--input", _folder["codes.csv"], "--out", _folder["local.csv"], "--json");

        Assert.Equal(("xgboost-json", 1), ((string)imported.Json["format"]!, (int)imported.Json["version"]!["version"]!));
        Assert.Equal(["xgboost", "xgboost"], [(string)version.Json["trainer"]!, (string)local.Json["trainer"]!]);
        // Only the import was told the names of the codes.
        Assert.Equal(await File.ReadAllTextAsync(_folder["local.csv"]), await File.ReadAllTextAsync(_folder["version.csv"]));
    }

    [Fact]
    public async Task PipelineRun_ThatFailsAGate_ExitsWithOneAndNamesTheGate()
    {
        Cli run = await RunAsync("pipeline", "run", PipelineFile(0.999), "--input", Samples.Telco, "--json");

        Assert.Equal(1, run.ExitCode);
        JsonNode gate = run.Json["result"]!["gates"]!.AsArray().Single(g => !(bool)g!["passed"]!)!;
        Assert.Equal("auc", (string)gate["metric"]!);
        Assert.Equal(0.999, (double)gate["limit"]!);
        Assert.InRange((double)gate["value"]!, 0.7, 0.99);
        Assert.Equal("finished", (string)(await RunAsync("run", "list", "churn", "--json")).Json[0]!["status"]!);
        Assert.Single((await RunAsync("run", "list", "churn", "--json", "--filter", "status = 'FINISHED'", "--order-by", "start_time DESC", "--order-by", "run_name")).Json.AsArray());
        Assert.Empty((await RunAsync("run", "list", "churn", "--json", "--filter", "status = 'FAILED'")).Json.AsArray());
    }

    [Fact]
    public async Task PipelineRun_OfAFileWithMistakes_TellsAllOfThemWithLineAndColumn()
    {
        string file = _folder["bad.yaml"];
        await File.WriteAllTextAsync(file, "name: churn\ndataset: telco\ntask: binry\ntarget: churn\ntrainner: { use: gbdt }\n");

        Cli run = await RunAsync("pipeline", "run", file);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("bad.yaml:3:", run.Error, StringComparison.Ordinal);
        Assert.Contains("bad.yaml:5:1", run.Error, StringComparison.Ordinal);
        Assert.Contains("'trainer'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_WhileAServerHoldsTheDirectory_GoThroughIt()
    {
        await using MlOpsServer server = await MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(Data), Urls = ["http://127.0.0.1:0"] }, default);
        Cli added = await RunAsync("dataset", "add", "telco", Samples.Head(Samples.Telco, 300, _folder.FullPath), "--json");
        Cli listed = await Cli.RunAsync("dataset", "list", "--server", server.Urls[0], "--json");

        Assert.Equal(0, added.ExitCode);
        Assert.Equal("telco", (string)listed.Json[0]!["name"]!);
    }

    [Fact]
    public async Task Serve_DefaultModelThatNoModelCanBe_IsRefusedAtOnce()
    {
        Cli run = await RunAsync("serve", "--urls", "http://127.0.0.1:0", "--default-model", "churn@@x");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'@x' is no alias", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_DefaultModel_IsMeantByRequestsThatNameNone()
    {
        await using MlOpsServer server = await MlOpsServer.StartAsync(
            new ServerOptions { Data = new DataDirectory(Data), Urls = ["http://127.0.0.1:0"], DefaultModel = "nosuch" }, default);
        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.PostAsync(
            new Uri(server.Urls[0] + "/invocations"), new StringContent("""{"dataframe_records": [{"a": 1}]}""", System.Text.Encoding.UTF8, "application/json"));

        Assert.Contains("'nosuch'", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_OnAnOpenAddressWithoutTokens_RefusesAndSaysHowToMakeOne()
    {
        Cli run = await RunAsync("serve", "--urls", "http://0.0.0.0:0");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("mlops token create", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenCreate_ThenServeOpen_AsksForTheToken()
    {
        Cli created = await RunAsync("token", "create", "ci", "--role", "viewer", "--json");
        string token = (string)created.Json["token"]!;
        await using MlOpsServer server = await MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(Data), Urls = ["http://0.0.0.0:0"] }, default);
        string url = server.Urls[0].Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal);

        Cli without = await Cli.RunAsync("model", "list", "--server", url, "--json");
        Cli with = await Cli.RunAsync("model", "list", "--server", url, "--token", token, "--json");
        Cli writing = await Cli.RunAsync("dataset", "add", "telco", Samples.Telco, "--server", url, "--token", token, "--json");

        Assert.Equal(2, without.ExitCode);
        Assert.Equal(0, with.ExitCode);
        Assert.Equal(2, writing.ExitCode);
        Assert.DoesNotContain(token, (await RunAsync("token", "list", "--json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PipelineRun_OfAFileWithMistakes_MakesNoDirectory()
    {
        string file = _folder["bad.yaml"];
        await File.WriteAllTextAsync(file, "name: churn\ntarge: churn\n");

        Cli run = await RunAsync("pipeline", "run", file);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("did you mean 'target'", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task PipelineRunAndValidate_WithATrainerThatOnlyTheServerKnows_AreTheServersToJudge()
    {
        string[] hosts = [Data, _folder["plain"]];
        await using MlOpsServer knows = await StartAsync(hosts[0], TrainerCatalog.Default.With(new Borrowed()));
        await using MlOpsServer plain = await StartAsync(hosts[1], TrainerCatalog.Default);
        string file = PipelineFile(0.5), input = Samples.Head(Samples.Telco, 300, _folder.FullPath);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("{ use: gbdt, parameters: { trees: 20 } }", "{ use: mlnet.borrowed }", StringComparison.Ordinal));

        Cli ran = await RunAsync("pipeline", "run", file, "--input", input, "--detach", "--json");
        Cli remote = await Cli.RunAsync("pipeline", "run", file, "--input", input, "--detach", "--server", knows.Urls[0], "--json");
        Cli refused = await Cli.RunAsync("pipeline", "run", file, "--input", input, "--server", plain.Urls[0], "--json");
        Cli valid = await Cli.RunAsync("validate", file, "--server", knows.Urls[0], "--json");
        Cli here = await Cli.RunAsync("validate", file, "--json");

        Assert.True(ran.ExitCode + remote.ExitCode == 0, ran.Output + remote.Output);
        Assert.Equal((2, "pipeline-invalid"), (refused.ExitCode, (string)refused.Json["error"]!["code"]!));
        Assert.Empty(await plain.Platform.Datasets.ListAsync(default));
        Assert.Equal("telco", (string)valid.Json["dataset"]!);
        Assert.Equal(2, here.ExitCode);
        Assert.Contains("mlnet.borrowed", (string)here.Json["error"]!["message"]!, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task DataDirectory_New_IsItsOwnersAlone()
    {
        Skip.If(OperatingSystem.IsWindows(), "has no file modes");
        await RunAsync("token", "create", "me");

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Data));
    }

    [Fact]
    public async Task TokenSetup_NoServerNoDirectory_ShowsATokenAndItsHash()
    {
        Cli run = await RunAsync("token", "setup", "--json");

        string token = (string)run.Json["token"]!;
        Assert.StartsWith("mlops_setup_", token, StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token["mlops_setup_".Length..]))), (string)run.Json["hash"]!);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task ModelShow_OfAModelThatDoesNotExist_IsNotFound()
    {
        await RunAsync("token", "create", "me");

        Cli run = await RunAsync("model", "show", "nobody");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("nobody", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_WithAModelThatDoesNotExist_IsNotFoundAndWritesNothing()
    {
        await RunAsync("token", "create", "me");
        string input = _folder["rows.csv"];
        await File.WriteAllTextAsync(input, "a\n1\n");

        Cli run = await RunAsync("predict", "--model", "models:/NOBODY@champion", "--input", input, "--out", _folder["p.csv"], "--json");

        Assert.Equal((2, "model-missing"), (run.ExitCode, (string)run.Json["error"]!["code"]!));
        Assert.Contains("'NOBODY'", (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["p.csv"]));
    }

    [Fact]
    public async Task AServerThatIsAway_IsAFailureNotBadInput()
    {
        Cli run = await Cli.RunAsync("model", "list", "--server", "http://127.0.0.1:9", "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("server-away", (string)run.Json["error"]!["code"]!);
    }

    private static Task<MlOpsServer> StartAsync(string data, TrainerCatalog trainers) =>
        MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(data), Trainers = trainers, Urls = ["http://127.0.0.1:0"] }, default);

    private Task<Cli> RunAsync(params string[] args) => Cli.RunAsync([.. args, "--data", Data]);

    private string PipelineFile(double limit)
    {
        string file = _folder[$"churn-{limit}.yaml"];
        File.WriteAllText(file, Pipeline.Replace("LIMIT", limit.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        return file;
    }

    /// <summary>Stands for what another build of the server brings.</summary>
    private sealed class Borrowed : ITrainer
    {
        private readonly ITrainer _linear = TrainerCatalog.Default.Get("linear");

        public string Name => "mlnet.borrowed";

        public IReadOnlyList<TrainerParameter> Parameters => _linear.Parameters;

        public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
            _linear.Fit(spec, training, validation, progress, cancellationToken);
    }
}
