using System.Globalization;
using System.Text.Json.Nodes;
using MlOps.Contracts;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>Every verb that steers what a pipeline makes: runs, aliases, rollouts, drift.</summary>
public sealed class PipelineVerbTests : IAsyncLifetime
{
    private const string Pipeline = """
        name: churn
        dataset: telco
        task: binary
        target: churn
        trainer: { use: gbdt, parameters: { trees: 5 } }
        REST
        """;

    private readonly TempDirectory _folder = new();
    private MlOpsServer? _server;

    private string Data => _folder["data"];

    public async Task InitializeAsync()
    {
        _server = await MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(Data) }, default);
        await GoodAsync("dataset", "add", "telco", Samples.Head(Samples.Telco, 1000, _folder.FullPath));
    }

    public async Task DisposeAsync()
    {
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Approve_OfARunThatWaits_LetsItEnd_AndListAndShowTellIt()
    {
        JsonNode waiting = await GoodAsync("pipeline", "run", File("registration: { approval: manual }"));
        string id = (string)waiting["id"]!;
        Assert.Equal("waitingForApproval", (string)waiting["state"]!);

        JsonNode approved = await GoodAsync("pipeline", "approve", id, "--reason", "looks right");
        JsonNode all = await GoodAsync("pipeline", "list");
        JsonNode ofOne = await GoodAsync("pipeline", "list", "churn");
        JsonNode shown = await GoodAsync("pipeline", "show", id);
        Cli forPeople = await Cli.RunAsync("pipeline", "show", id, "--data", Data);

        Assert.Equal("succeeded", (string)approved["state"]!);
        Assert.Equal(id, (string)all[0]!["id"]!);
        Assert.Equal(id, (string)ofOne[0]!["id"]!);
        Assert.Equal("succeeded", (string)shown["state"]!);
        Assert.Contains("✓ register", forPeople.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approve_WithRefuse_RejectsTheRunAndRegistersNothing()
    {
        JsonNode waiting = await GoodAsync("pipeline", "run", File("registration: { approval: manual }"));

        JsonNode refused = await GoodAsync("pipeline", "approve", (string)waiting["id"]!, "--refuse", "--reason", "too early");

        Assert.Equal("rejected", (string)refused["state"]!);
        Assert.Contains("too early", (string)refused["result"]!["reason"]!, StringComparison.Ordinal);
        Assert.Empty((await GoodAsync("model", "list")).AsArray());
    }

    [Fact]
    public async Task Cancel_EndsARun_AndASecondCancelIsAConflict()
    {
        JsonNode waiting = await GoodAsync("pipeline", "run", File("registration: { approval: manual }"), "--detach");
        string id = (string)waiting["id"]!;

        await GoodAsync("pipeline", "cancel", id, "--reason", "wrong data");
        await Eventually.TrueAsync(async () => (string)(await GoodAsync("pipeline", "show", id))["state"]! == "cancelled", "the run is cancelled");
        Cli again = await RunAsync("pipeline", "cancel", id);

        Assert.Equal(1, again.ExitCode);
    }

    [Fact]
    public async Task Suspend_HoldsARun_AndResumeLetsItGoOn()
    {
        string id = (string)(await GoodAsync("pipeline", "run", File("registration: { approval: manual }")))["id"]!;

        Assert.Equal("suspended", (string)(await GoodAsync("pipeline", "suspend", id))["state"]!);
        Assert.Equal(1, (await RunAsync("pipeline", "approve", id)).ExitCode);
        Assert.Equal("waitingForApproval", (string)(await GoodAsync("pipeline", "resume", id))["state"]!);
    }

    [Fact]
    public async Task Rerun_OfAFailedRun_GoesOnFromTheFailedStep()
    {
        string file = _folder["other.csv"];
        await System.IO.File.WriteAllLinesAsync(file, Enumerable.Range(0, 50).Select(i => $"{i},Yes").Prepend("a,churn"));
        string[] run = ["pipeline", "run", File(""), "--input", file];
        Cli failed = await RunAsync(run);
        Assert.Equal(1, failed.ExitCode);
        Assert.Equal("failed", (string)failed.Json["state"]!);

        Cli rerun = await RunAsync("pipeline", "rerun", (string)failed.Json["id"]!);

        Assert.Equal(1, rerun.ExitCode);
        Assert.Equal((string)failed.Json["id"]!, (string)rerun.Json["id"]!);
        Assert.Equal(FirstStep(failed.Json), FirstStep(rerun.Json));
        Assert.Contains("class", (string)rerun.Json["failure"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alias_IsSet_GuardedByExpected_AndRemoved()
    {
        Cli never = await RunAsync("rollout", "status", "churn");
        await GoodAsync("pipeline", "run", File(""));
        await GoodAsync("pipeline", "run", File("seed: 7"));

        JsonNode set = await GoodAsync("model", "alias", "churn", "tested", "1", "--expected", "0");
        Cli guarded = await RunAsync("model", "alias", "churn", "tested", "2", "--expected", "7");
        Cli nowhere = await RunAsync("model", "alias", "churn", "tested");
        Cli unknown = await RunAsync("model", "alias", "churn", "tested", "9");
        JsonNode removed = await GoodAsync("model", "alias", "churn", "tested", "--delete");

        Assert.Contains("mlops rollout start churn VERSION", (string)never.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal(1, (int)set["aliases"]!["tested"]!);
        Assert.Equal(1, guarded.ExitCode);
        Assert.Equal(2, nowhere.ExitCode);
        Assert.Equal("alias-version", (string)nowhere.Json["error"]!["code"]!);
        Assert.Equal(2, unknown.ExitCode);
        Assert.Null(removed["aliases"]!["tested"]);
    }

    [Fact]
    public async Task Rollout_IsStarted_Shown_Promoted_RolledBackAndAborted()
    {
        await GoodAsync("pipeline", "run", File("rollout: { strategy: direct }"));
        await GoodAsync("pipeline", "run", File("seed: 7"));

        Cli plan = await RunAsync("rollout", "plan", "churn", "--strategy", "abTest", "--goal", "errorRate", "--min-effect", "0.01");
        Cli planForPeople = await Cli.RunAsync("rollout", "plan", "churn", "--data", Data);
        Cli several = await RunAsync("rollout", "start", "churn", "2", "--strategy", "bandit", "--reward", "given", "--others", "1");
        JsonNode started = await StartedAsync(2);
        await GoodAsync("rollout", "promote", "churn", "--reason", "sure of it");
        await UntilChampionAsync(2);
        JsonNode limited = await GoodAsync("model", "settings", "churn", "--concurrency", "8", "--waiting", "4");
        JsonNode gathered = await GoodAsync("model", "settings", "churn", "--batch-rows", "32", "--concurrency", "0");
        Cli nowhere = await RunAsync("model", "settings", "churn", "--waiting", "4");
        JsonNode loaded = await GoodAsync("model", "loaded");
        await GoodAsync("rollout", "rollback", "churn", "--reason", "not so sure");
        await UntilChampionAsync(1);
        await StartedAsync(2);
        await GoodAsync("rollout", "abort", "churn", "--reason", "enough");
        await Eventually.TrueAsync(async () => (string)(await GoodAsync("rollout", "status", "churn"))["rollout"]!["state"]! == "aborted", "the rollout is aborted");
        Cli forPeople = await Cli.RunAsync("rollout", "status", "churn", "--data", Data);

        Assert.Equal((1, 1), (plan.ExitCode, planForPeople.ExitCode));
        Assert.Equal(2, several.ExitCode);
        Assert.Contains("others names version 1, which is the champion", (string)several.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.False((bool)plan.Json["possible"]!);
        Assert.Contains("plan again", (string)plan.Json["reason"]!, StringComparison.Ordinal);
        Assert.Contains("plan again", planForPeople.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal((8, 4), ((int)limited["concurrency"]!["requests"]!, (int)limited["concurrency"]!["waiting"]!));
        Assert.Equal((32, 2.0), ((int)gathered["batching"]!["maxRows"]!, (double)gathered["batching"]!["maxDelayMs"]!));
        Assert.Null(gathered["concurrency"]);
        Assert.Equal("endpoint-settings", (string)nowhere.Json["error"]!["code"]!);
        Assert.InRange((long)loaded["bytes"]!, 0, (long)loaded["budget"]!);
        Assert.Equal(2, (int)started["rollout"]!["version"]!);
        Assert.Contains("enough", forPeople.Output, StringComparison.Ordinal);
        await UntilChampionAsync(1);
    }

    [Fact]
    public async Task Drift_OfAModel_SaysWhatIsMissing_ChecksAndEnds()
    {
        await GoodAsync("pipeline", "run", File("rollout: { strategy: direct }\nmonitoring: { drift: { every: 1h } }"));

        Cli none = await RunAsync("drift", "churn");
        JsonNode check = await GoodAsync("drift", "churn", "--check");
        JsonNode newest = await GoodAsync("drift", "churn");
        JsonNode ended = await GoodAsync("drift", "churn", "--end");

        Assert.Equal(2, none.ExitCode);
        Assert.Contains("mlops drift churn --check", (string)none.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal("notEnoughRows", (string)check["report"]!["status"]!);
        Assert.Equal((string)check["report"]!["id"]!, (string)newest["report"]!["id"]!);
        Assert.False((bool)ended["watched"]!);
    }

    [Fact]
    public async Task Log_AndFeedback_OfAModel_AreSetSentAndShown()
    {
        await GoodAsync("pipeline", "run", File("rollout: { strategy: direct }\nserving: { log: { redact: { contract: hash } } }"));
        string truths = _folder["truths.csv"], wrong = _folder["truths.jsonl"];
        await System.IO.File.WriteAllTextAsync(truths, "requestId,truth\nr1,Yes\nr2,No\n");
        await System.IO.File.WriteAllTextAsync(wrong, "{\"requestId\": \"r1\", \"truth\": \"Yes\"}\n{\"requestId\": \"r3\", \"truth\": \"Perhaps\"}\n");

        JsonNode policy = (await GoodAsync("model", "log", "churn", "--sample", "0.5", "--retain-days", "30", "--redact", "tenure=drop"))["policy"]!;
        JsonNode kept = (await GoodAsync("model", "log", "churn", "--show", "contract", "--retain-days", "0"))["policy"]!;
        Cli people = await Cli.RunAsync("model", "log", "churn", "--data", Data);
        Cli misspelt = await RunAsync("model", "log", "churn", "--redact", "tenur=drop");
        JsonNode sent = await GoodAsync("feedback", "churn", "--file", truths);
        Cli part = await RunAsync("feedback", "churn", "--file", wrong);
        JsonNode summary = await GoodAsync("feedback", "churn", "--days", "1");

        Assert.Equal(("hash", "drop", 30), ((string)policy["redact"]!["contract"]!, (string)policy["redact"]!["tenure"]!, (int)policy["retainDays"]!));
        Assert.Equal(("tenure", null, 0.5), (kept["redact"]!.AsObject().Single().Key, (int?)kept["retainDays"], (double)kept["sample"]!));
        Assert.Contains("50 % of the requests", people.Output, StringComparison.Ordinal);
        Assert.Equal(2, misspelt.ExitCode);
        Assert.Contains("did you mean 'tenure'?", (string)misspelt.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal((2, 0), ((int)sent["accepted"]!, (int)sent["repeated"]!));
        Assert.Equal((1, 1, 1), (part.ExitCode, (int)part.Json["repeated"]!, (int)part.Json["rejected"]!));
        Assert.Equal((2, 2), ((int)summary["truths"]!, (int)summary["unmatched"]!));
    }

    [Fact]
    public async Task Type_OfDatasetAdd_IsTheColumnsType()
    {
        string file = Samples.Head(Samples.Telco, 100, _folder.FullPath);

        JsonNode added = await GoodAsync("dataset", "add", "typed", file, "--type", "senior_citizen=category", "tenure=text");
        Cli wrong = await RunAsync("dataset", "add", "typed", file, "--type", "tenure=zip");

        JsonArray columns = added["version"]!["schema"]!["columns"]!.AsArray();
        Assert.Equal("category", (string)columns.Single(c => (string)c!["name"]! == "senior_citizen")!["type"]!);
        Assert.Equal("text", (string)columns.Single(c => (string)c!["name"]! == "tenure")!["type"]!);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("valid: number, category", (string)wrong.Json["error"]!["message"]!, StringComparison.Ordinal);
    }

    /// <summary>A rollout is accepted first and begins then.</summary>
    private async Task<JsonNode> StartedAsync(int version)
    {
        JsonNode started = await GoodAsync("rollout", "start", "churn", version.ToString(CultureInfo.InvariantCulture));
        await Eventually.TrueAsync(async () =>
        {
            JsonNode rollout = (await GoodAsync("rollout", "status", "churn"))["rollout"]!;
            return (string)rollout["id"]! == (string)started["rollout"]!["id"]! && (string)rollout["state"]! == "running" && (double)rollout["percent"]! > 0;
        }, "the rollout began");
        return started;
    }

    private Task UntilChampionAsync(int version) => Eventually.TrueAsync(
        async () => (int)(await GoodAsync("model", "list"))[0]!["aliases"]!["champion"]! == version, $"version {version} is the champion");

    private static string FirstStep(JsonNode run) => run["steps"]![0]!.ToJsonString();

    private string File(string rest)
    {
        string file = _folder["churn.yaml"];
        System.IO.File.WriteAllText(file, Pipeline.Replace("REST", rest, StringComparison.Ordinal));
        return file;
    }

    private async Task<JsonNode> GoodAsync(params string[] args)
    {
        Cli run = await RunAsync(args);
        Assert.True(run.ExitCode == 0, string.Join(' ', args) + '\n' + run.Output + run.Error);
        return run.Json;
    }

    private Task<Cli> RunAsync(params string[] args) => Cli.RunAsync([.. args, "--data", Data, "--json"]);
}
