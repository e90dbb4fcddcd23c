using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Experiments.Scorers;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

public sealed class ScorerRegistryTests : TrackerTest
{
    private const string Judge = """{"name": "polite", "instructions_judge_pydantic_data": {"instructions": "Is {{ outputs }} polite?", "model": "openai:/gpt-4o-mini"}}""";
    private const string Other = Experiment.DefaultId;

    private int _unique;

    private ScorerRegistry Scorers => Tracker.Scorers;

    [Fact]
    public async Task Register_OfAKnownName_MakesTheNextVersion()
    {
        ScorerVersion first = await RegisterAsync("polite", Judge);
        ScorerVersion second = await RegisterAsync("polite", "{}");
        ScorerVersion other = await RegisterAsync("Rude", "{}");

        Assert.Equal((1, 2, 1), (first.Version, second.Version, other.Version));
        Assert.Equal(first.ScorerId, second.ScorerId);
        Assert.NotEqual(first.ScorerId, other.ScorerId);
        Assert.Equal(second, await Scorers.GetAsync(Other, "polite", null, None));
        Assert.Equal(first, await Scorers.GetAsync(Other, "polite", 1, None));
        Assert.Equal([other, second], await (await Scorers.ListAsync(Other, None)).ToListAsync());
        Assert.Equal([first, second], await (await Scorers.ListVersionsAsync(Other, "polite", None)).ToListAsync());
    }

    [Fact]
    public async Task Register_OfManyAtOnce_GivesEachAVersionOfItsOwn()
    {
        ScorerVersion[] made = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => NewTracker().Scorers.RegisterAsync(Other, "polite", "{}", $"u{n}", None)));

        Assert.Equal(Enumerable.Range(1, 12), made.Select(v => v.Version).Order());
        Assert.Single(made.Select(v => v.ScorerId).Distinct());
    }

    [Fact]
    public async Task Register_OfALongText_KeepsIt_AndRefusesLonger()
    {
        string text = $$"""{"text": "{{new string('é', 400_000)}}"}""";

        await RegisterAsync("long", text);

        Assert.Equal(text, (await Scorers.GetAsync(Other, "long", null, None)).Serialized);
        await FailsAsync(ErrorKind.TooLarge, "scorer-too-large", () => RegisterAsync("long", $$"""{"text": "{{new string('é', 600_000)}}"}"""));
    }

    [Theory]
    [InlineData("{", "scorer-invalid")]
    [InlineData("[]", "scorer-invalid")]
    [InlineData("""{"call_source": "return 1"}""", "scorer-of-code")]
    [InlineData("""{"instructions_judge_pydantic_data": {"model": " "}}""", "scorer-invalid")]
    [InlineData("""{"builtin_scorer_pydantic_data": {"model": 7}}""", "scorer-invalid")]
    public async Task Register_OfWhatIsNoScorer_IsRefused(string text, string code) => await FailsAsync(ErrorKind.Invalid, code, () => RegisterAsync("x", text));

    [Theory]
    [InlineData("""{"instructions_judge_pydantic_data": {"model": "gateway:/mine"}}""")]
    [InlineData("""{"third_party_scorer_data": {"model": "gateway://mine"}}""")]
    [InlineData("""{"memory_augmented_judge_data": {"base_judge": {"instructions_judge_pydantic_data": {"model": "gateway:/mine"}}}}""")]
    public async Task Register_OfAModelOfTheGateway_SaysThatThereIsNone(string text) =>
        await FailsAsync(ErrorKind.NotFound, "gateway-endpoint-missing", () => RegisterAsync("x", text));

    [Theory]
    [InlineData("""{"call_source": null, "instructions_judge_pydantic_data": {"model": null}}""")]
    [InlineData("""{"instructions_judge_pydantic_data": {"model": "gateway:/"}}""")]
    [InlineData("""{"memory_augmented_judge_data": 7}""")]
    public async Task Register_OfWhatSaysNoModelOfTheGateway_IsTaken(string text) => Assert.Equal(text, (await RegisterAsync("x", text)).Serialized);

    [Fact]
    public async Task Delete_OfAVersion_NeverGivesItsNumberAgain()
    {
        await RegisterAsync("polite", "{}");
        await RegisterAsync("polite", "{}");

        await Scorers.DeleteAsync(Other, "polite", 2, None);
        Assert.Equal(1, (await Scorers.GetAsync(Other, "polite", null, None)).Version);
        await Scorers.DeleteAsync(Other, "polite", 1, None);

        await FailsAsync(ErrorKind.NotFound, "scorer-missing", () => Scorers.GetAsync(Other, "polite", null, None));
        await FailsAsync(ErrorKind.NotFound, "scorer-missing", () => Scorers.ListVersionsAsync(Other, "polite", None));
        await FailsAsync(ErrorKind.NotFound, "scorer-missing", () => Scorers.DeleteAsync(Other, "polite", 1, None));
        Assert.Empty(await (await Scorers.ListAsync(Other, None)).ToListAsync());
        Assert.Equal(3, (await RegisterAsync("polite", "{}")).Version);
    }

    [Fact]
    public async Task Delete_OfAScorer_TakesAllOfIt_AndTheNameIsAnothersThen()
    {
        ScorerVersion old = await RegisterAsync("polite", "{}");
        for (int i = 0; i < 5; i++)
            await RegisterAsync("polite", "{}");
        await Scorers.SetOnlineAsync(Other, "polite", 0, null, "c1", None);

        await Scorers.DeleteAsync(Other, "polite", null, None);
        await FailsAsync(ErrorKind.NotFound, "scorer-missing", () => Scorers.DeleteAsync(Other, "polite", null, None));

        ScorerVersion anew = await RegisterAsync("polite", "{}");
        Assert.Equal(1, anew.Version);
        Assert.NotEqual(old.ScorerId, anew.ScorerId);
        Assert.Empty(await Scorers.ListOnlineAsync([old.ScorerId, anew.ScorerId], None));
        Assert.Equal([anew], await (await Scorers.ListVersionsAsync(Other, "polite", None)).ToListAsync());
    }

    [Fact]
    public async Task Delete_WhileOthersRegister_LeavesNoVersionOfAnotherScorer()
    {
        ScorerVersion old = await RegisterAsync("polite", "{}");

        ScorerVersion[] made = await RacedAsync();

        int[] left = await Scorers.ListAsync(Other, None) is var all && await all.FirstOrDefaultAsync() is { } latest
            ? await (await Scorers.ListVersionsAsync(Other, "polite", None)).Where(v => v.ScorerId == latest.ScorerId).Select(v => v.Version).ToArrayAsync()
            : [];
        // Whoever registered after the deletion is there, with the numbers of a new scorer; all others went.
        Assert.Equal(made.Where(v => v.ScorerId != old.ScorerId).Select(v => v.Version).Order(), left);

        async Task<ScorerVersion[]> RacedAsync()
        {
            Task<ScorerVersion[]> registering = Task.WhenAll(Enumerable.Range(0, 8).Select(n => NewTracker().Scorers.RegisterAsync(Other, "polite", "{}", $"r{n}", None)));
            await Scorers.DeleteAsync(Other, "polite", null, None);
            return await registering;
        }
    }

    [Fact]
    public async Task Online_ShareOfNothing_IsKeptAndFoundByTheScorersId()
    {
        ScorerVersion scorer = await RegisterAsync("polite", "{}");
        await RegisterAsync("rude", "{}");

        await Scorers.SetOnlineAsync(Other, "polite", 0, null, "c1", None);
        OnlineScoring set = await Scorers.SetOnlineAsync(Other, "polite", 0, "status = 'OK'", "c2", None);

        Assert.Equal(new OnlineScoring("c2", scorer.ScorerId, Other, 0, "status = 'OK'"), set);
        Assert.Equal([set], await Scorers.ListOnlineAsync([scorer.ScorerId, scorer.ScorerId, "nobody", "nobody-0", "a-b/c", "-"], None));
        Assert.Equal(2, (await RegisterAsync("polite", "{}")).Version);
        Assert.Equal([set], await Scorers.ListOnlineAsync([scorer.ScorerId], None));
    }

    [Theory]
    [InlineData(0.5, null, "scorer-not-online")]
    [InlineData(1.5, null, "sample-rate")]
    [InlineData(double.NaN, null, "sample-rate")]
    [InlineData(0, "nope =", "filter-invalid")]
    public async Task Online_WhatCannotBe_IsRefused(double rate, string? filter, string code)
    {
        ScorerVersion scorer = await RegisterAsync("polite", Judge);

        await FailsAsync(ErrorKind.Invalid, code, () => Scorers.SetOnlineAsync(Other, "polite", rate, filter, "c1", None));

        Assert.Empty(await Scorers.ListOnlineAsync([scorer.ScorerId], None));
    }

    [Fact]
    public async Task Scorers_OfADeletedExperiment_AreRefused_AndComeBackWithIt()
    {
        Experiment experiment = await Tracker.Catalog.CreateAsync(new ExperimentStart("judged"), None);
        await RegisterAsync("polite", "{}", experiment.Id);

        await Tracker.Catalog.DeleteAsync(experiment.Id, None);

        await FailsAsync(ErrorKind.Conflict, "experiment-deleted", () => Scorers.ListAsync(experiment.Id, None));
        await FailsAsync(ErrorKind.Conflict, "experiment-deleted", () => RegisterAsync("polite", "{}", experiment.Id));
        await Tracker.Catalog.RestoreAsync(experiment.Id, None);
        Assert.Single(await (await Scorers.ListAsync(experiment.Id, None)).ToListAsync());
        await FailsAsync(ErrorKind.NotFound, "experiment-missing", () => Scorers.ListAsync("987654321", None));
    }

    [Fact]
    public async Task Scorers_OfAnExperimentThatIsRemoved_GoWithIt()
    {
        Experiment experiment = await Tracker.Catalog.CreateAsync(new ExperimentStart("judged"), None);
        await RegisterAsync("polite", "{}", experiment.Id);
        await Tracker.Catalog.DeleteAsync(experiment.Id, None);

        Experiment deleted = await Tracker.Catalog.GetAsync(experiment.Id, None);
        await using (PurgeLease lease = await Tracker.Purge.LeaseAsync(None))
        {
            Assert.True(await Tracker.Purge.ClaimExperimentAsync(experiment.Id, Stores.Time.GetUtcNow(), None));
            await Tracker.Purge.RemoveExperimentAsync(deleted, None);
        }

        Assert.Empty((await Stores.Tables.QueryAsync("scorers", experiment.Id, EntityRange.All, None)).Entities);
    }

    private Task<ScorerVersion> RegisterAsync(string name, string text, string experiment = Other) => Scorers.RegisterAsync(experiment, name, text, $"u{_unique++}", None);
}
