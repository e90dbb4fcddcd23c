using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Registry.Search;

namespace MlOps.Domain.Tests.Registry;

/// <summary>What MLflow's clients do with a registry.</summary>
public sealed class CatalogTests : RegistryTest
{
    private static readonly Dictionary<string, string> NoTags = [];

    private Task<RegisteredModel> CreateAsync(string model) => Registry.Catalog.CreateAsync(model, null, NoTags, "ann", None);

    private Task<ModelVersion> AddAsync(string model, string? runId = null, int? number = null) =>
        Registry.RegisterAsync(model, new SourceRegistration("s3://b/m", "s3://b/m") { RunId = runId, Number = number }, "ann", None);

    [Fact]
    public async Task Create_ModelThatExists_IsRefused()
    {
        await CreateAsync("churn");

        await FailsAsync(ErrorKind.Conflict, "model-exists", () => CreateAsync("churn"));
        await FailsAsync(ErrorKind.NotFound, "model-version-missing", () => ResolveAsync("churn"));
        Assert.Equal(0, (await Registry.GetModelAsync("churn", None)).LatestVersion);
    }

    [Fact]
    public async Task Register_SourceOfOneRun_MakesAVersionEachTime()
    {
        await CreateAsync("churn");

        Assert.Equal((1, 2), ((await AddAsync("churn", "r1")).Version, (await AddAsync("churn", "r1")).Version));
        Assert.Equal(3, (await RegisterAsync("churn", "r1")).Version);
        await FailsAsync(ErrorKind.NotFound, "model-missing", () => AddAsync("other"));
    }

    [Fact]
    public async Task Register_WithANumber_LeapsForwardOnly()
    {
        await CreateAsync("churn");
        await AddAsync("churn", number: 5);

        Assert.Equal(6, (await AddAsync("churn")).Version);
        await FailsAsync(ErrorKind.Conflict, "version-taken", () => AddAsync("churn", number: 6));
        await FailsAsync(ErrorKind.NotFound, "model-version-missing", () => Registry.FindAsync(new ModelSelector("churn", 3), None));
    }

    [Fact]
    public async Task Resolve_VersionWithoutAModel_SaysWhatToDo()
    {
        await CreateAsync("churn");
        await AddAsync("churn");

        MlOpsException e = await FailsAsync(ErrorKind.Invalid, "model-not-importable", () => ResolveAsync("churn/1"));

        Assert.Contains("mlflow.onnx.log_model", e.Message, StringComparison.Ordinal);
        Assert.False((await Registry.FindAsync(new ModelSelector("churn", 1), None)).HasModel);
    }

    /// <summary>A pickle, say.</summary>
    [Fact]
    public async Task Resolve_NameWhoseNewestVersionCannotBeRead_IsTheNewestThatCan()
    {
        await RegisterManyAsync("churn", 2);
        await AddAsync("churn");

        Assert.Equal(2, await ResolveAsync("churn"));
        await FailsAsync(ErrorKind.Invalid, "model-not-importable", () => ResolveAsync("churn/3"));
        await FailsAsync(ErrorKind.Invalid, "model-not-importable", () => ResolveAsync("churn/latest"));
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);
        Assert.Equal(1, await ResolveAsync("churn"));
    }

    [Theory]
    [InlineData("../k")]
    [InlineData("..k")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("/a")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a#b")]
    public async Task Tag_WhoseNameMlflowRefuses_IsRefused(string key)
    {
        await CreateAsync("churn");
        await AddAsync("churn");

        await FailsAsync(ErrorKind.Invalid, "tag-invalid", () => Registry.Catalog.TagAsync("churn", key, "x", "ann", None));
        await FailsAsync(ErrorKind.Invalid, "tag-invalid", () => Registry.Catalog.TagAsync("churn", 1, key, "x", "ann", None));
        await FailsAsync(ErrorKind.Invalid, "tag-invalid", () => Registry.Catalog.CreateAsync("other", null, new Dictionary<string, string> { [key] = "x" }, "ann", None));
        await Registry.Catalog.TagAsync("churn", "a..b/c d:e-f_g", "x", "ann", None);
    }

    [Fact]
    public async Task Tag_BeyondWhatAModelTakes_IsToldOfTheModel()
    {
        var tags = Enumerable.Range(0, 197).ToDictionary(i => $"t{i}", _ => new string('x', 5_000));

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => Registry.Catalog.CreateAsync("many", null, tags, "ann", None));

        Assert.Equal((ErrorKind.TooLarge, "registered-model-too-large"), (e.Kind, e.Code));
        Assert.Contains("tags and aliases of registered model 'many'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteVersion_TakesItsAliasesAlongAndGivesItsNumberToNobody()
    {
        await RegisterManyAsync("churn", 3);
        await Registry.ChangeAliasesAsync("churn", [new("champion", 3), new("previous", 2)], "ann", None);

        await Registry.Catalog.DeleteVersionAsync("churn", 3, "bob", None);

        RegisteredModel model = await Registry.GetModelAsync("churn", None);
        Assert.Equal((2, "previous"), (model.LatestVersion, Assert.Single(model.Aliases).Key));
        Assert.Equal(2, await ResolveAsync("churn/latest"));
        await FailsAsync(ErrorKind.NotFound, "model-version-missing", () => Registry.SetAliasAsync("churn", "champion", 3, null, "ann", None));
        Assert.Equal(4, (await RegisterAsync("churn", "churn-run-3")).Version);
        ModelEvent entry = (await Registry.ListEventsAsync("churn", None).ToListAsync())[1];
        Assert.Equal((ModelEventKind.VersionDeleted, 3, "bob", "champion"), (entry.Kind, entry.Version, entry.By, Assert.Single(entry.Aliases!)));
    }

    [Fact]
    public async Task DeleteVersion_AllOfThem_LeavesAModelWithout()
    {
        await RegisterManyAsync("churn", 1);

        await Registry.Catalog.DeleteVersionAsync("churn", 1, "ann", None);

        Assert.Equal(0, (await Registry.GetModelAsync("churn", None)).LatestVersion);
        Assert.Empty(await Registry.Catalog.NewestByStageAsync("churn", None));
        await FailsAsync(ErrorKind.NotFound, "model-version-missing", () => ResolveAsync("churn/latest"));
    }

    [Fact]
    public async Task Rename_TakesVersionsAliasesAndHistoryAlong()
    {
        await RegisterManyAsync("churn", 2);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);

        await Registry.Catalog.RenameAsync("churn", "churn eu", "ann", None);

        Assert.Equal("churn eu/1", (await Registry.ResolveAsync(ModelSelector.Parse("churn eu@champion"), None)).Name);
        Assert.Equal(4, (await Registry.ListEventsAsync("churn eu", None).ToListAsync()).Count(e => e.Kind != ModelEventKind.Renamed) + 1);
        await FailsAsync(ErrorKind.NotFound, "model-missing", () => ResolveAsync("churn"));
        Assert.Equal(3, (await RegisterAsync("churn eu", "another")).Version);
    }

    [Fact]
    public async Task Rename_FreesTheOldNameForAnotherModel()
    {
        await RegisterManyAsync("churn", 2);
        await Registry.Catalog.RenameAsync("churn", "old", "ann", None);

        Assert.Equal(1, (await RegisterAsync("churn", "new-run")).Version);

        Assert.Equal(["churn", "old"], (await Registry.ListModelsAsync(None)).Select(m => m.Name));
        await FailsAsync(ErrorKind.Conflict, "model-exists", () => Registry.Catalog.RenameAsync("churn", "old", "ann", None));
        await Registry.Catalog.DeleteAsync("old", None);
        await Registry.Catalog.RenameAsync("churn", "old", "ann", None);
        Assert.Equal("new-run", (await Registry.ResolveAsync(ModelSelector.Parse("old/1"), None)).RunId);
    }

    [Fact]
    public async Task Delete_ThenTheSameName_IsAModelOfItsOwn()
    {
        await RegisterManyAsync("churn", 3);
        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", None);

        await Registry.Catalog.DeleteAsync("churn", None);

        await FailsAsync(ErrorKind.NotFound, "model-missing", () => ResolveAsync("churn"));
        Assert.Empty(await Registry.ListModelsAsync(None));
        await FailsAsync(ErrorKind.NotFound, "model-missing", () => Registry.Catalog.DeleteAsync("churn", None));
        Assert.Equal(1, (await RegisterAsync("churn", "churn-run-1")).Version);
        Assert.Empty((await Registry.GetModelAsync("churn", None)).Aliases);
        Assert.Single(await Registry.ListEventsAsync("churn", None).ToListAsync());
    }

    [Fact]
    public async Task Registrations_WhileTheModelIsDeletedAndRenamed_AreLostOrWhole()
    {
        for (int round = 0; round < 5; round++)
        {
            string name = $"m{round}";
            await RegisterManyAsync(name, 1);
            Task<ModelVersion?>[] adding = [.. Enumerable.Range(0, 6).Select(i => Task.Run(() => TryRegisterAsync(name, $"r{i}")))];
            Task deleting = Task.Run(() => Registry.Catalog.DeleteAsync(name, None));
            await Task.WhenAll([.. adding, deleting]);

            IReadOnlyList<ModelVersion> left = await FoundAsync(name);
            Assert.Equal(Enumerable.Range(1, left.Count), left.Select(v => v.Version).Order());
            Assert.All(left, v => Assert.Contains(adding, a => a.Result?.RunId == v.RunId));
        }
    }

    /// <summary>Null where what is left of the one that is deleted has to go first.</summary>
    private async Task<ModelVersion?> TryRegisterAsync(string model, string runId)
    {
        try
        {
            return await RegisterAsync(model, runId);
        }
        catch (MlOpsException e) when (e.Code == "model-removing")
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<ModelVersion>> FoundAsync(string name) =>
        (await Registry.ListModelsAsync(None)).Any(m => m.Name == name) ? await Registry.ListVersionsAsync(name, None) : [];

    [Fact]
    public async Task Stage_WithArchiving_LeavesOneInProduction()
    {
        await RegisterManyAsync("churn", 4);
        await Registry.Catalog.StageAsync("churn", 1, ModelStage.Production, false, "ann", None);
        await Registry.Catalog.StageAsync("churn", 2, ModelStage.Production, false, "ann", None);

        Assert.Equal(ModelStage.Production, (await Registry.Catalog.StageAsync("churn", 3, ModelStage.Production, true, "ann", None)).Stage);

        IReadOnlyList<ModelVersion> newest = await Registry.Catalog.NewestByStageAsync("churn", None);
        Assert.Equal([(ModelStage.Archived, 2), (ModelStage.Production, 3), (ModelStage.None, 4)], newest.Select(v => (v.Stage, v.Version)));
        await FailsAsync(ErrorKind.Invalid, "stage-invalid", () => Registry.Catalog.StageAsync("churn", 3, ModelStage.Archived, true, "ann", None));
    }

    [Fact]
    public async Task Tags_AreSetReplacedAndTakenOff()
    {
        await RegisterManyAsync("churn", 1);
        await Registry.Catalog.TagAsync("churn", 1, "a", "1", "ann", None);
        await Registry.Catalog.TagAsync("churn", 1, "a", "2", "ann", None);
        await Registry.Catalog.TagAsync("churn", "team", "crm", "ann", None);
        await Registry.Catalog.DescribeAsync("churn", 1, "better", "ann", None);

        ModelVersion version = await Registry.FindAsync(new ModelSelector("churn", 1), None);

        Assert.Equal(("2", "better", "crm"), (version.Tags["a"], version.Description, (await Registry.GetModelAsync("churn", None)).Tags["team"]));
        Assert.Equal(Lineage, version.Lineage);
        await Registry.Catalog.TagAsync("churn", 1, "a", null, "ann", None);
        await Registry.Catalog.TagAsync("churn", 1, "never", null, "ann", None);
        Assert.Empty((await Registry.FindAsync(new ModelSelector("churn", 1), None)).Tags);
        await FailsAsync(ErrorKind.Invalid, "tag-invalid", () => Registry.Catalog.TagAsync("churn", "x", new string('a', 100_001), "ann", None));
    }

    [Fact]
    public async Task Search_OfVersions_FiltersOrdersAndPages()
    {
        await RegisterManyAsync("churn", 3);
        await RegisterManyAsync("price", 2);
        await Registry.Catalog.TagAsync("churn", 2, "team", "crm", "ann", None);

        Assert.Equal(["churn/2"], await VersionsAsync("name = 'churn' AND tags.team = 'crm'"));
        Assert.Equal(["churn/3", "churn/2"], await VersionsAsync("name ILIKE 'CH%' and version_number > 1"));
        Assert.Equal(["price/1"], await VersionsAsync("run_id IN ('price-run-1', 'x')"));
        Assert.Equal(["price/2"], await VersionsAsync("source_path LIKE '%price-run-2%' OR name = 'none'"));
        RegistryPage<ModelVersion> first = await Registry.Search.VersionsAsync(new RegistryQuery { OrderBy = ["version_number ASC", "name DESC"], Limit = 2 }, None);
        Assert.Equal(["price/1", "churn/1"], first.Items.Select(v => v.Name));
        await RegisterAsync("abc", "in-between");
        RegistryPage<ModelVersion> second = await Registry.Search.VersionsAsync(new RegistryQuery { OrderBy = ["version_number ASC", "name DESC"], Continuation = first.Continuation }, None);
        Assert.Equal(["abc/1", "price/2", "churn/2", "churn/3"], second.Items.Select(v => v.Name));
        Assert.Null(second.Continuation);
        await FailsAsync(ErrorKind.Invalid, "filter-invalid", () => VersionsAsync("stage = 'Production'"));
    }

    [Fact]
    public async Task Search_ShowsPromptsToWhoAsksForThem()
    {
        await CreateAsync("model");
        await Registry.Catalog.CreateAsync("prompt", null, new Dictionary<string, string> { [Prompts.Tag] = "true" }, "ann", None);

        Assert.Equal(["model"], await ModelsAsync(null));
        Assert.Equal(["model"], await ModelsAsync($"tags.`{Prompts.Tag}` != 'true'"));
        Assert.Equal(["prompt"], await ModelsAsync($"tags.`{Prompts.Tag}` = 'true' AND name LIKE 'p%'"));
    }

    private async Task<IEnumerable<string>> VersionsAsync(string filter) => (await Registry.Search.VersionsAsync(new RegistryQuery { Filter = filter }, None)).Items.Select(v => v.Name);

    private async Task<IEnumerable<string>> ModelsAsync(string? filter) => (await Registry.Search.ModelsAsync(new RegistryQuery { Filter = filter }, None)).Items.Select(m => m.Name);
}
