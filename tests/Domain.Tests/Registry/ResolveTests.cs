using MlOps.Domain.Registry;

namespace MlOps.Domain.Tests.Registry;

public sealed class ResolveTests : RegistryTest
{
    [Theory]
    [InlineData("churn@champion", 1)]
    [InlineData("models:/churn@champion", 1)]
    [InlineData("churn/2", 2)]
    [InlineData("models:/churn/2", 2)]
    [InlineData("churn", 1)]
    [InlineData("churn/latest", 3)]
    [InlineData("churn@latest", 3)]
    public async Task Resolve_Selector_FindsTheVersion(string selector, int version)
    {
        await RegisterManyAsync("churn", 3);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);

        Assert.Equal(version, await ResolveAsync(selector));
    }

    [Fact]
    public async Task Resolve_NameWithoutChampion_IsTheLatest()
    {
        await RegisterManyAsync("churn", 3);

        Assert.Equal(3, await ResolveAsync("churn"));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("2", 2)]
    [InlineData("champion", 1)]
    [InlineData("latest", 3)]
    public async Task Resolve_SegmentOfAUrl_FindsTheVersion(string? segment, int version)
    {
        await RegisterManyAsync("churn", 3);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);

        Assert.Equal(version, (await Registry.ResolveAsync(ModelSelector.Of("churn", segment), None)).Version);
    }

    [Theory]
    [InlineData("churn/")]
    [InlineData("churn/0")]
    [InlineData("churn/-1")]
    [InlineData("churn/x")]
    [InlineData("churn/1/2")]
    [InlineData("churn@a/1")]
    [InlineData("churn/99999999999")]
    public void Parse_Nonsense_SaysTheForms(string selector)
    {
        MlOpsException e = Assert.Throws<MlOpsException>(() => ModelSelector.Parse(selector));

        Assert.Equal("model-selector", e.Code);
        Assert.Contains("NAME, NAME@ALIAS or NAME/VERSION", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@champion")]
    [InlineData("/1")]
    public void Parse_NoName_IsRefused(string selector) =>
        Assert.Equal("model-name", Assert.Throws<MlOpsException>(() => ModelSelector.Parse(selector)).Code);

    [Theory]
    [InlineData("churn")]
    [InlineData("churn/3")]
    [InlineData("churn@champion")]
    public void ToString_OfParsed_IsTheText(string selector) => Assert.Equal(selector, ModelSelector.Parse(selector).ToString());

    [Fact]
    public async Task Resolve_UnknownModel_NamesThoseThatExist()
    {
        await RegisterManyAsync("churn", 1);
        await RegisterManyAsync("letters", 1);

        MlOpsException e = await FailsAsync(ErrorKind.NotFound, "model-missing", () => ResolveAsync("chrun"));

        Assert.Equal("there is no registered model 'chrun': there is 'churn', 'letters'", e.Message);
    }

    [Fact]
    public async Task Resolve_UnknownAlias_NamesThoseThatExist()
    {
        await RegisterManyAsync("churn", 1);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);

        MlOpsException e = await FailsAsync(ErrorKind.NotFound, "alias-missing", () => ResolveAsync("churn@chalenger"));

        Assert.Equal("model 'churn' has no alias 'chalenger': it has 'champion' (version 1)", e.Message);
    }

    [Fact]
    public async Task Lineage_OfAVersion_GoesFromDataToDeployment()
    {
        await RegisterManyAsync("churn", 1);
        var deployment = new LineageDeployment("churn", 0.1, Stores.Time.GetUtcNow(), null, "rollout-1", "canary step 1");

        ModelLineageView view = await Registry.LineageAsync("churn", 1, [deployment], None);

        Assert.Equal((Lineage, "churn-run-1", 1), (view.Sources, view.RunId, view.Version.Version));
        Assert.Equal(deployment, Assert.Single(view.Deployments));
    }

    [Fact]
    public async Task List_Models_AreInOrderOfTheName()
    {
        foreach (string name in new[] { "b", "a", "C", "ä" })
            await RegisterManyAsync(name, 1);

        Assert.Equal(["C", "a", "b", "ä"], (await Registry.ListModelsAsync(None)).Select(m => m.Name));
    }
}
