using MlOps.Domain.Registry;

namespace MlOps.Domain.Tests.Registry;

public sealed class AliasHistoryTests : RegistryTest
{
    private Task SetAsync(int version, string by = "ann")
    {
        Stores.Time.Advance(TimeSpan.FromMinutes(1));
        return Registry.SetAliasAsync("churn", "champion", version, null, by, None);
    }

    private async Task<int> BackAsync(int? expected = null)
    {
        Stores.Time.Advance(TimeSpan.FromMinutes(1));
        return (await Registry.RollBackAliasAsync("churn", "champion", expected, "bob", None)).Aliases["champion"];
    }

    [Fact]
    public async Task History_OfAnAlias_SaysWhatWasThereWhenAndWhoDidIt()
    {
        await RegisterManyAsync("churn", 3);
        DateTimeOffset begin = Stores.Time.GetUtcNow();
        await SetAsync(1);
        await SetAsync(3, "eve");
        await Registry.Catalog.DeleteVersionAsync("churn", 3, "zoe", None);
        await SetAsync(2);

        IReadOnlyList<AliasPeriod> history = await Registry.AliasHistoryAsync("churn", "champion", None);

        Assert.Equal(
            [
                new AliasPeriod(2, begin.AddMinutes(3), "ann", null, null, false),
                new AliasPeriod(3, begin.AddMinutes(2), "eve", begin.AddMinutes(2), "zoe", false),
                new AliasPeriod(1, begin.AddMinutes(1), "ann", begin.AddMinutes(2), "eve", false),
            ],
            history);
        Assert.Empty(await Registry.AliasHistoryAsync("churn", "other", None));
    }

    [Fact]
    public async Task RollBack_PastADeletedVersion_GoesToAnotherThanWhereItIs()
    {
        await RegisterManyAsync("churn", 3);
        foreach (int version in new[] { 3, 1, 2, 1 })
            await SetAsync(version);
        await Registry.Catalog.DeleteVersionAsync("churn", 2, "zoe", None);

        Assert.Equal(3, await BackAsync());
        await FailsAsync(ErrorKind.Conflict, "alias-no-previous", () => BackAsync());
    }

    [Fact]
    public async Task RollBack_AgainAndAgain_GoesFurtherBack()
    {
        await RegisterManyAsync("churn", 4);
        await SetAsync(1);
        await SetAsync(2);
        await SetAsync(3);

        Assert.Equal(2, await BackAsync(expected: 3));
        await SetAsync(4);
        Assert.Equal(2, await BackAsync());
        Assert.Equal(1, await BackAsync());

        await FailsAsync(ErrorKind.Conflict, "alias-no-previous", () => BackAsync());
        await FailsAsync(ErrorKind.Conflict, "alias-moved", async () =>
        {
            await SetAsync(2);
            await BackAsync(expected: 3);
        });
        Assert.True((await Registry.AliasHistoryAsync("churn", "champion", None))[1].RolledBack);
    }

    [Fact]
    public async Task RollBack_OverADeletedVersion_SkipsIt()
    {
        await RegisterManyAsync("churn", 3);
        await SetAsync(1);
        await SetAsync(2);
        await SetAsync(3);
        await Registry.Catalog.DeleteVersionAsync("churn", 2, "ann", None);

        Assert.Equal(1, await BackAsync());
    }

    [Fact]
    public async Task RollBack_OfAnAliasThatWasRemoved_PutsItBack()
    {
        await RegisterManyAsync("churn", 2);
        await SetAsync(1);
        await SetAsync(2);
        await Registry.DeleteAliasAsync("churn", "champion", "ann", None);

        Assert.Equal(2, await BackAsync());
    }
}
