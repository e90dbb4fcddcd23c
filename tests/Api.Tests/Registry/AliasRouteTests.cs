using MlOps.Api.Registry;
using MlOps.Domain.Access;
using MlOps.Domain.Registry;
using MlOps.Domain.Workflows;

namespace MlOps.Api.Tests.Registry;

/// <summary>Where an alias pointed, and one call back there.</summary>
public sealed class AliasRouteTests : ApiTest
{
    private const string Champion = "/api/v1/models/churn/aliases/champion";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        for (int run = 1; run <= 3; run++)
            await SampleModels.ServeChurnAsync(Api.Platform, runId: $"run-{run}");
    }

    [Fact]
    public async Task History_OfAnAlias_TellsVersionsTimesAndWhoNewestFirst()
    {
        await Api.PutAsync(Champion, new AliasTarget(1, 3));

        AliasPeriod[] periods = await HistoryAsync();

        Assert.Equal([(1, "local"), (3, "test"), (2, "test"), (1, "test")], periods.Select(p => (p.Version, p.By)));
        Assert.Equal([null, "local", "test", "test"], periods.Select(p => p.EndedBy));
        Assert.Equal(periods.SkipLast(1).Select(p => (DateTimeOffset?)p.From), periods.Skip(1).Select(p => p.To));
        Assert.All(periods, p => Assert.False(p.RolledBack));
    }

    [Fact]
    public async Task Rollback_WithoutABody_GoesBackStepByStep_UntilThereIsNothingBefore()
    {
        RegisteredModel once = (await Api.SendAsync(HttpMethod.Post, Champion + "/rollback")).Read<RegisteredModel>();
        RegisteredModel twice = (await Api.SendAsync(HttpMethod.Post, Champion + "/rollback")).Read<RegisteredModel>();
        string refused = (await Api.SendAsync(HttpMethod.Post, Champion + "/rollback")).Problem(409, "alias-no-previous");

        Assert.Equal((2, 1), (once.Aliases["champion"], twice.Aliases["champion"]));
        Assert.Contains("set it to the one that you mean", refused, StringComparison.Ordinal);
        Assert.Equal([(1, true, "local"), (2, true, "local"), (3, false, "test"), (2, false, "test"), (1, false, "test")], (await HistoryAsync()).Select(p => (p.Version, p.RolledBack, p.By)));
    }

    [Fact]
    public async Task Rollback_OfWhatSomebodyMovedMeanwhile_Is409_AndMovesNothing()
    {
        (await Api.PostAsync(Champion + "/rollback", new AliasRollback(2))).Problem(409, "alias-moved");
        Assert.Equal(3, (await HistoryAsync())[0].Version);

        RegisteredModel moved = (await Api.PostAsync(Champion + "/rollback", new AliasRollback(3))).Read<RegisteredModel>();
        Assert.Equal(2, moved.Aliases["champion"]);
    }

    [Fact]
    public async Task Rollback_PastAVersionThatWasDeleted_LeavesItOut()
    {
        await Api.Platform.Registry.SetAliasAsync("churn", "blue", 1, null, "test", None);
        await Api.Platform.Registry.SetAliasAsync("churn", "blue", 2, null, "test", None);
        await Api.Platform.Registry.SetAliasAsync("churn", "blue", 3, null, "test", None);
        Assert.Equal(200, (await Api.SendAsync(HttpMethod.Delete, "/api/v1/models/churn/versions/2")).Status);

        Assert.Equal(1, (await Api.SendAsync(HttpMethod.Post, "/api/v1/models/churn/aliases/blue/rollback")).Read<RegisteredModel>().Aliases["blue"]);
    }

    [Fact]
    public async Task History_OfNoModel_Is404_AndOfAnAliasThatNeverWas_IsEmpty()
    {
        (await Api.GetAsync("/api/v1/models/nothing/aliases/champion/history")).Problem(404, "model-missing");
        (await Api.SendAsync(HttpMethod.Post, "/api/v1/models/nothing/aliases/champion/rollback")).Problem(404, "model-missing");
        Assert.Equal("[]", (await Api.GetAsync("/api/v1/models/churn/aliases/none/history")).Json.GetProperty("items").GetRawText());
        (await Api.SendAsync(HttpMethod.Post, "/api/v1/models/churn/aliases/none/rollback")).Problem(409, "alias-no-previous");
    }

    [Fact]
    public async Task Viewer_ReadsTheHistory_AndRollsNothingBack()
    {
        (string, string) viewer = ("Authorization", "Bearer " + await Api.Platform.Access.CreateAsync("vera", Role.Viewer, None));
        (string, string) contributor = ("Authorization", "Bearer " + await Api.Platform.Access.CreateAsync("carl", Role.Contributor, None));

        Assert.Equal(200, (await Api.GetAsync(Champion + "/history", viewer)).Status);
        Assert.Equal(403, (await Api.PostAsync(Champion + "/rollback", new { }, viewer)).Status);
        Assert.Equal(200, (await Api.PostAsync(Champion + "/rollback", new { }, contributor)).Status);
        Assert.Equal("carl", (await Api.GetAsync(Champion + "/history", viewer)).Json.GetProperty("items")[0].GetProperty("by").GetString());
    }

    private async Task<AliasPeriod[]> HistoryAsync() =>
        [.. (await Api.GetAsync(Champion + "/history")).Json.GetProperty("items").EnumerateArray().Select(p => WorkflowJson.Read<AliasPeriod>(p.GetRawText())!)];
}
