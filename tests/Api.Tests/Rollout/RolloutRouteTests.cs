using MlOps.Api.Rollout;
using MlOps.Contracts;
using MlOps.Domain.Rollout;

namespace MlOps.Api.Tests.Rollout;

public sealed class RolloutRouteTests : ApiTest
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await SampleModels.ServeChurnAsync(Api.Platform);
        await SampleModels.RegisterAsync(
            Api.Platform, "churn", "run-2", "tenure,contract,charge,churn\n1,Month,,Yes\n50,Year,20,No\n2,Month,21,Yes\n60,Year,22,No\n",
            new() { Task = Learning.Trainers.LearningTask.Binary, Target = "churn" });
    }

    [Fact]
    public async Task Rollout_Started_ShowsItsDecisionsAndIsPromotedByCommand()
    {
        ApiAnswer started = await Api.PostTextAsync("/api/v1/rollouts/churn", """{"version": 2, "policy": {"strategy": "canary", "steps": [10, 100], "bake": "01:00:00", "minRequests": 1}}""");
        Assert.Equal(202, started.Status);
        await EventuallyAsync(r => r.Percent == 10);

        ApiAnswer promoted = await Api.PostAsync("/api/v1/rollouts/churn/promote", new Decision("it is fine"));

        Assert.Equal(200, promoted.Status);
        await EventuallyAsync(r => r.State == RolloutState.Promoted);
        RolloutView view = (await Api.GetAsync("/api/v1/rollouts/churn")).Read<RolloutView>();
        Assert.Contains(view.Decisions, d => d.By == "local" && d.Reason.Contains("it is fine", StringComparison.Ordinal));
        Assert.Equal(2, (await Api.Platform.Registry.GetModelAsync("churn", None)).Aliases["champion"]);
    }

    [Fact]
    public async Task Command_WithoutABody_IsFine()
    {
        await Api.PostAsync("/api/v1/rollouts/churn", new RolloutStart(2, new RolloutPolicy { Bake = TimeSpan.FromHours(1) }));
        await EventuallyAsync(r => r.Percent == 10);

        Assert.Equal(200, (await Api.SendAsync(HttpMethod.Post, "/api/v1/rollouts/churn/abort")).Status);

        await EventuallyAsync(r => r.State == RolloutState.Aborted);
    }

    [Theory]
    [InlineData("$.rows[0].tenure")]
    [InlineData("header:User-Agent")]
    public async Task Predict_DuringAnABTest_FollowsTheUnitInTheRequestUnlessATesterAsksForAVersion(string unit)
    {
        await Api.PostTextAsync(
            "/api/v1/rollouts/churn",
            """{"version": 2, "policy": {"strategy": "abTest", "unit": "UNIT", "bake": "01:00:00", "goal": {"metric": "accuracy", "minEffect": 0.01}}}""".Replace("UNIT", unit, StringComparison.Ordinal));
        await EventuallyAsync(r => r.Percent == 50);
        await Eventually.TrueAsync(async () => (await AskedAsync(Enumerable.Range(1, 40), null)).Distinct().Count() == 2, "both versions answer");

        Assert.Single((await AskedAsync(Enumerable.Repeat(7, 20), null)).Distinct());
        Assert.Equal(["1", "1"], await AskedAsync([1, 2], "1"));
        Assert.Equal(["2", "2"], await AskedAsync([1, 2], "challenger"));
        Assert.Equal(200, (await Api.PostAsync("/api/v1/rollouts/churn/pause", new Decision("wait"))).Status);
        await EventuallyAsync(r => r.State == RolloutState.Paused);
        Assert.Equal(200, (await Api.PostAsync("/api/v1/rollouts/churn/resume", new Decision())).Status);
        await EventuallyAsync(r => r.State == RolloutState.Running);
    }

    private async Task<List<string>> AskedAsync(IEnumerable<int> tenures, string? version)
    {
        var versions = new List<string>();
        foreach (int tenure in tenures)
        {
            (string, string)[] headers = [("User-Agent", $"customer-{tenure}"), .. version is null ? [] : new[] { ("x-mlops-version", version) }];
            ApiAnswer answer = await Api.PostTextAsync("/api/v1/predictions/churn", $$"""{"rows": [{"tenure": {{tenure}}, "contract": "Month", "charge": 20}]}""", headers: headers);
            Assert.Equal(200, answer.Status);
            versions.Add(answer.Json.GetProperty("version").ToString());
        }

        return versions;
    }

    [Fact]
    public async Task Plan_AtOnce_SaysThatItIsNotPossibleForNoTrafficWasMeasured()
    {
        ApiAnswer answer = await Api.PostTextAsync("/api/v1/rollouts/churn/plan", "{}");

        Assert.Equal(200, answer.Status);
        RolloutPlan plan = answer.Read<RolloutPlan>();
        Assert.Equal((false, null), (plan.Possible, plan.Days));
        Assert.Contains("plan again", plan.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"version": 9}""", 404, "model-version-missing")]
    [InlineData("""{"version": 2, "policy": {"steps": [50, 10]}}""", 400, "rollout-policy")]
    [InlineData("""{"version": 2, "policy": {"strategy": "blue"}}""", 400, "json-invalid")]
    [InlineData("""{"policy": {}}""", 400, "json-invalid")]
    public async Task Start_Bad_IsRefusedAndChangesNothing(string body, int status, string code)
    {
        (await Api.PostTextAsync("/api/v1/rollouts/churn", body)).Problem(status, code);

        Assert.Equal(1, (await Api.Platform.Endpoints.GetAsync("churn", None)).StableVersion);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "/promote")]
    [InlineData("POST", "/rollback")]
    public async Task Rollout_OfAModelWithoutOne_Is404(string method, string verb) =>
        (await Api.SendAsync(new HttpMethod(method), $"/api/v1/rollouts/nope{verb}")).Problem(404, "rollout-none");

    private Task EventuallyAsync(Func<RolloutStatus, bool> condition) => Eventually.TrueAsync(
        async () => await Api.GetAsync("/api/v1/rollouts/churn") is { Status: 200 } answer && condition(answer.Read<RolloutView>().Rollout), "the rollout is where it shall be");
}
