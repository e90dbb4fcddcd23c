using System.Text.Json.Nodes;
using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>What a rollout is started and planned with, by options and by files.</summary>
public sealed class RolloutCommandTests : IDisposable
{
    /// <summary>What cannot be used is told before anything is sent.</summary>
    private const string Nobody = "http://127.0.0.1:1";

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RolloutStart_WithEveryOption_HasThePolicyThatTheyName()
    {
        await ServeAsync();

        Cli started = await RunAsync(
            "rollout", "start", "theirs", "2", "--steps", "5,25%", "--bake", "1h30m", "--min-requests", "500", "--max-error-rate-increase", "0.02", "--max-latency-ratio", "1.5", "--latency-tolerance", "2ms",
            "--guardrail", "predictionShift=0.2:soft", "--guardrail", "accuracy=0.03:200", "--alpha", "0.01", "--approval", "manual", "--freeze", "fri 16:00 - mon 08:00", "--freeze", "2036-12-20 - 2037-01-02",
            "--unit", "header:X-User", "--deadline", "2d", "--check-every", "10s", "--json");

        JsonNode policy = started.Json["rollout"]!["policy"]!;
        Assert.Equal((0, 2), (started.ExitCode, (int)started.Json["rollout"]!["version"]!));
        Assert.Equal("[5,25]", policy["steps"]!.ToJsonString());
        Assert.Equal(["01:30:00", "2.00:00:00", "00:00:10", "00:00:00.0020000"], Texts(policy, "bake", "deadline", "checkEvery", "latencyTolerance"));
        Assert.Equal(["canary", "manual", "header:X-User"], Texts(policy, "strategy", "approval", "unit"));
        Assert.Equal([500, 0.02, 1.5, 0.01], new[] { "minRequests", "maxErrorRateIncrease", "maxLatencyRatio", "alpha" }.Select(key => (double)policy[key]!));
        Assert.Equal("""[{"metric":"predictionShift","max":0.2,"level":"soft"},{"metric":"accuracy","max":0.03,"level":"hard","minSamples":200}]""", policy["guardrails"]!.ToJsonString());
        Assert.Equal("""["fri 16:00 - mon 08:00","2036-12-20 - 2037-01-02"]""", policy["freeze"]!.ToJsonString());
    }

    [Fact]
    public async Task RolloutStart_WithoutOptions_HasTheDefaultsAndAFilesListsStay()
    {
        await ServeAsync();
        await File.WriteAllTextAsync(_folder["p.json"], """{"steps": [7, 70], "freeze": ["fri 16:00 - mon 08:00"], "guardrails": [{"metric": "accuracy", "max": 0.02}]}""");

        JsonNode plain = (await RunAsync("rollout", "start", "theirs", "2", "--json")).Json["rollout"]!["policy"]!;
        JsonNode filed = (await RunAsync("rollout", "start", "theirs", "2", "--policy", _folder["p.json"], "--json")).Json["rollout"]!["policy"]!;

        Assert.Equal("[10,50,100] [] []", $"{plain["steps"]!.ToJsonString()} {plain["freeze"]!.ToJsonString()} {plain["guardrails"]!.ToJsonString()}");
        Assert.Equal(["canary", "00:10:00", "1.00:00:00", "00:00:05"], Texts(plain, "strategy", "bake", "deadline", "checkEvery"));
        Assert.Equal("""[7,70] ["fri 16:00 - mon 08:00"] 1""", $"{filed["steps"]!.ToJsonString()} {filed["freeze"]!.ToJsonString()} {filed["guardrails"]!.AsArray().Count}");
    }

    [Theory]
    [InlineData("p.yaml", "strategy: linear\nincrement: 20%\nbake: 2h\nguardrails: [{ metric: accuracy, max: 2%, level: soft }]\n")]
    [InlineData("p.yml", "name: churn\nrollout:\n  strategy: linear\n  increment: 20%\n  bake: 2h\n  guardrails: [{ metric: accuracy, max: 2%, level: soft }]\n")]
    [InlineData("p.json", """{"strategy": "linear", "increment": 20, "bake": "02:00:00", "guardrails": [{"metric": "accuracy", "max": 0.02, "level": "soft"}]}""")]
    [InlineData("p.json", """{"version": 2, "policy": {"strategy": "linear", "increment": 20, "bake": "02:00:00", "guardrails": [{"metric": "accuracy", "max": 0.02, "level": "soft"}]}}""")]
    public async Task RolloutStart_WithAFile_TakesItsPolicyAndWhatOptionsSayInstead(string file, string text)
    {
        await ServeAsync();
        await File.WriteAllTextAsync(_folder[file], text);

        Cli started = await RunAsync("rollout", "start", "theirs", "2", "--policy", _folder[file], "--bake", "3h", "--json");

        Assert.True(started.ExitCode == 0, started.Output);
        JsonNode policy = started.Json["rollout"]!["policy"]!;
        Assert.Equal(["linear", "03:00:00"], Texts(policy, "strategy", "bake"));
        Assert.Equal(20, (double)policy["increment"]!);
        Assert.Equal("""[{"metric":"accuracy","max":0.02,"level":"soft"}]""", policy["guardrails"]!.ToJsonString());
    }

    [Theory]
    [InlineData("p.yaml", "strategy: linear\nincrement: 20%\nbake: 2h\ncheckEvery: 30s\n", "00:00:30")]
    [InlineData("p.yaml", "strategy: linear\nincrement: 20%\nbake: 8s\n", "00:00:05")]
    public async Task RolloutStart_WithAnotherBakeThanTheFile_ChecksAsOftenAsTheFileSays(string file, string text, string every)
    {
        await ServeAsync();
        await File.WriteAllTextAsync(_folder[file], text);

        Cli started = await RunAsync("rollout", "start", "theirs", "2", "--policy", _folder[file], "--bake", "3h", "--json");

        Assert.True(started.ExitCode == 0, started.Output);
        Assert.Equal(["03:00:00", every], Texts(started.Json["rollout"]!["policy"]!, "bake", "checkEvery"));
    }

    [Theory]
    [InlineData("p.yaml", "strategy: canary\nstep: [10%]\n", "p.yaml:2:1: unknown key 'step'")]
    [InlineData("p.yaml", "rollout: { strategy: canary, increment: 20% }\n", "is for strategy linear, and this one is canary")]
    [InlineData("p.json", """{"strategy": "canary", "step": [10]}""", "this field is unknown; the fields are strategy, steps")]
    [InlineData("p.json", """{"strategy": """, "p.json: the JSON body is wrong")]
    [InlineData("p.json", """{"version": 3, "policy": {}}""", "is for version 3, and the command names version 2")]
    [InlineData("p.json", "[]", "expected a JSON object")]
    public async Task RolloutStart_WithAFileThatIsWrong_SaysWhereAndWhat(string file, string text, string said)
    {
        await File.WriteAllTextAsync(_folder[file], text);

        Cli started = await Cli.RunAsync("rollout", "start", "theirs", "2", "--policy", _folder[file], "--server", Nobody);

        Assert.Equal(2, started.ExitCode);
        Assert.Contains(said, started.Error.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--steps is for strategy canary or shadow, and this one is linear", "--strategy", "linear", "--steps", "5,10")]
    [InlineData("--floor is for strategy bandit, and this one is canary", "--floor", "5")]
    [InlineData("--goal needs --min-effect", "--strategy", "abTest", "--goal", "accuracy")]
    [InlineData("--min-effect and --margin need a goal", "--strategy", "abTest", "--min-effect", "0.1")]
    [InlineData("--deadline and --deadline-days say the same", "--deadline", "2d", "--deadline-days", "2")]
    [InlineData("--guardrail 'accuracy' is not allowed: METRIC=MAX", "--guardrail", "accuracy")]
    [InlineData("--guardrail 'speed=1' is not allowed", "--guardrail", "speed=1")]
    [InlineData("--guardrail 'accuracy=0.1:mild' is not allowed", "--guardrail", "accuracy=0.1:mild")]
    [InlineData("--guardrail 'accuracy=NaN' is not allowed", "--guardrail", "accuracy=NaN")]
    [InlineData("--max-latency-ratio 'Infinity' is not allowed: a number from 1", "--max-latency-ratio", "Infinity")]
    [InlineData("--steps '10,x' is not allowed: rising percentages", "--steps", "10,x")]
    [InlineData("--bake 'soon' is not allowed", "--bake", "soon")]
    [InlineData("--approval 'yes' is not allowed: none, manual", "--approval", "yes")]
    [InlineData("there is no file", "--policy", "absent.yaml")]
    public async Task RolloutStart_WithAnOptionThatDoesNotFit_SaysWhich(string said, params string[] options)
    {
        Cli started = await Cli.RunAsync(["rollout", "start", "m", "1", .. options, "--server", Nobody]);

        Assert.Equal(2, started.ExitCode);
        Assert.Contains(said, started.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    /// <summary>A model 'theirs' with versions 1, the champion, and 2.</summary>
    private async Task ServeAsync()
    {
        foreach (string levels in new[] { "plan=basic,plus,pro", "plan=small,middle,large" })
            await RunAsync("model", "import", Samples.Imported("xgb-categories.json"), "--name", "theirs", "--target", "churn", "--levels", levels, "--json");
        await RunAsync("rollout", "start", "theirs", "1", "--strategy", "direct", "--json");
        await Eventually.TrueAsync(async () => (string?)(await RunAsync("rollout", "status", "theirs", "--json")).Json["rollout"]?["state"] == "promoted", "version 1 is the champion");
    }

    private static IEnumerable<string> Texts(JsonNode policy, params string[] keys) => keys.Select(key => (string)policy[key]!);

    private Task<Cli> RunAsync(params string[] args) => Cli.RunAsync([.. args, "--data", _folder["data"]]);
}
