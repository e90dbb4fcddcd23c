using MlOps.Domain.Registry;

namespace MlOps.Domain.Tests.Registry;

public sealed class AliasTests : RegistryTest
{
    [Fact]
    public async Task SetAlias_OnAVersion_ShowsOnModelAndVersion()
    {
        await RegisterManyAsync("churn", 2);

        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);
        await Registry.SetAliasAsync("churn", "a", 1, null, "ann", None);

        Assert.Equal(1, (await Registry.GetModelAsync("churn", None)).Aliases["champion"]);
        Assert.Equal(["a", "champion"], (await Registry.GetVersionAsync("churn", 1, None)).Aliases);
        Assert.Equal(["", "a,champion"], (await Registry.ListVersionsAsync("churn", None)).Select(v => string.Join(',', v.Aliases)));
    }

    [Fact]
    public async Task SetAlias_ThatMovedMeanwhile_SaysWhereItPoints()
    {
        await RegisterManyAsync("churn", 8);
        await Registry.SetAliasAsync("churn", "champion", 7, null, "ann", None);

        MlOpsException e = await FailsAsync(ErrorKind.Conflict, "alias-moved", () => Registry.SetAliasAsync("churn", "champion", 8, 6, "bob", None));

        Assert.Equal("alias 'champion' of 'churn' points to version 7, expected 6: someone promoted meanwhile; read it again and retry", e.Message);
        Assert.Equal(7, await ResolveAsync("churn@champion"));
    }

    [Fact]
    public async Task SetAlias_ExpectedNotToExist_OnlyTheFirstSucceeds()
    {
        await RegisterManyAsync("churn", 2);

        await Registry.SetAliasAsync("churn", "champion", 1, 0, "ann", None);
        MlOpsException e = await FailsAsync(ErrorKind.Conflict, "alias-moved", () => Registry.SetAliasAsync("churn", "champion", 2, 0, "bob", None));

        Assert.Contains("points to version 1, expected not to exist", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetAlias_ExpectedAVersionButThereIsNone_SaysSo()
    {
        await RegisterManyAsync("churn", 2);

        MlOpsException e = await FailsAsync(ErrorKind.Conflict, "alias-moved", () => Registry.SetAliasAsync("churn", "champion", 2, 1, "bob", None));

        Assert.Contains("does not exist, expected 1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetAlias_Repeated_IsHarmlessAndOneEvent()
    {
        await RegisterManyAsync("churn", 2);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);

        await Registry.SetAliasAsync("churn", "champion", 2, 1, "ann", None);
        await Registry.SetAliasAsync("churn", "champion", 2, 1, "ann", None);

        Assert.Equal(2, await ResolveAsync("churn@champion"));
        Assert.Equal(2, (await Registry.ListEventsAsync("churn", None).ToListAsync()).Count(e => e.Kind == ModelEventKind.AliasSet));
    }

    [Fact]
    public async Task SetAlias_EightAtOnceWithTheSameExpectation_OneWins()
    {
        await RegisterManyAsync("churn", 9);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);

        int?[] winners = await Task.WhenAll(Enumerable.Range(2, 8).Select(v => Task.Run(async () =>
        {
            try
            {
                await Registry.SetAliasAsync("churn", "champion", v, 1, $"w{v}", None);
                return (int?)v;
            }
            catch (MlOpsException e) when (e.Code == "alias-moved")
            {
                return null;
            }
        })));

        Assert.Equal(Assert.Single(winners, w => w is not null), await ResolveAsync("churn@champion"));
    }

    [Fact]
    public async Task SetAlias_EightAliasesAtOnce_LosesNone()
    {
        await RegisterManyAsync("churn", 1);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Registry.SetAliasAsync("churn", $"a{i}", 1, null, "ann", None))));

        Assert.Equal(8, (await Registry.GetModelAsync("churn", None)).Aliases.Count);
        Assert.Equal(Enumerable.Range(1, 9).Select(i => (long)i).Reverse(), (await Registry.ListEventsAsync("churn", None).ToListAsync()).Select(e => e.Revision));
    }

    [Fact]
    public async Task ChangeAliases_OneExpectationFails_MovesNone()
    {
        await RegisterManyAsync("churn", 2);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);

        await FailsAsync(ErrorKind.Conflict, "alias-moved", () => Registry.ChangeAliasesAsync(
            "churn", [new AliasChange("previous", 1), new AliasChange("champion", 2, Expected: 5)], "ann", None));

        Assert.Equal(["champion"], (await Registry.GetModelAsync("churn", None)).Aliases.Keys);
    }

    [Fact]
    public async Task ChangeAliases_Promotion_MovesAllInOneStep()
    {
        await RegisterManyAsync("churn", 2);
        await Registry.ChangeAliasesAsync("churn", [new AliasChange("champion", 1), new AliasChange("challenger", 2)], "ann", None);

        RegisteredModel model = await Registry.ChangeAliasesAsync(
            "churn", [new AliasChange("champion", 2, 1), new AliasChange("previous", 1), new AliasChange("challenger", null, 2)], "rollout-1", None);

        Assert.Equal("champion 2, previous 1", string.Join(", ", model.Aliases.Select(a => $"{a.Key} {a.Value}")));
    }

    [Fact]
    public async Task DeleteAlias_ThatDoesNotExist_IsFine()
    {
        await RegisterManyAsync("churn", 1);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);

        await Registry.DeleteAliasAsync("churn", "champion", "ann", None);
        await Registry.DeleteAliasAsync("churn", "champion", "ann", None);

        Assert.Empty((await Registry.GetModelAsync("churn", None)).Aliases);
        Assert.Single(await Registry.ListEventsAsync("churn", None).ToListAsync(), e => e.Kind == ModelEventKind.AliasDeleted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3)]
    public async Task SetAlias_VersionThatDoesNotExist_NamesTheVersions(int version)
    {
        await RegisterManyAsync("churn", 2);

        MlOpsException e = await FailsAsync(ErrorKind.NotFound, "model-version-missing", () => Registry.SetAliasAsync("churn", "champion", version, null, "ann", None));

        Assert.Equal($"model 'churn' has no version {version}: its versions are 1 to 2", e.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("Latest")]
    [InlineData("v12")]
    [InlineData("12")]
    public async Task SetAlias_BadAlias_IsRefused(string alias)
    {
        await RegisterManyAsync("churn", 1);

        await FailsAsync(ErrorKind.Invalid, "alias-name", () => Registry.SetAliasAsync("churn", alias, 1, null, "ann", None));
    }

    [Fact]
    public async Task Events_OfAModel_SayWhoWhatWhenNewestFirst()
    {
        await RegisterManyAsync("churn", 2);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);
        Stores.Time.Advance(TimeSpan.FromHours(1));
        await Registry.SetAliasAsync("churn", "champion", 2, 1, "bob", None);

        List<ModelEvent> events = await Registry.ListEventsAsync("churn", None).ToListAsync();

        Assert.Equal(new ModelEvent(4, Stores.Time.GetUtcNow(), "bob", ModelEventKind.AliasSet, 2, "champion", 1), events[0]);
        Assert.Equal(
            [(ModelEventKind.AliasSet, 1), (ModelEventKind.Registered, 2), (ModelEventKind.Registered, 1)],
            events.Skip(1).Select(e => (e.Kind, e.Version!.Value)));
    }
}
