using MlOps.Contracts;
using MlOps.Domain.Registry;
using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Tests.Webhooks;

/// <summary>What receivers are told of each change, whichever door it came through.</summary>
public sealed class WebhookEventTests : WebhookTestBase
{
    private static readonly Dictionary<string, string> PromptTags = new() { ["mlflow.prompt.is_prompt"] = "true", ["_mlflow_prompt_type"] = "text", ["team"] = "crm" };

    private ModelRegistry Registry => World.Registry;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await World.SubscribeAsync(Receiver.Url);
    }

    [Fact]
    public async Task Model_CreatedWithAVersionOfAClient_TellsBothWithMlflowsPayloads()
    {
        await Registry.Catalog.CreateAsync("churn", "who leaves", new Dictionary<string, string> { ["team"] = "crm" }, "ann", default);
        await ExpectAsync("registered_model.created", """{"name":"churn","tags":{"team":"crm"},"description":"who leaves"}""");

        await Registry.RegisterAsync("churn", new SourceRegistration("s3://b/m", "s3://b/m") { Tags = new Dictionary<string, string> { ["a"] = "1" } }, "ann", default);
        await ExpectAsync("model_version.created", """{"name":"churn","version":"1","source":"s3://b/m","run_id":null,"tags":{"a":"1"},"description":null}""");
    }

    [Fact]
    public async Task Pipeline_RegisteringTheFirstVersion_TellsOfTheModelToo()
    {
        await Registry.RegisterAsync("churn", RegisteredRun("r1"), "pipeline", default);

        await ExpectAsync("registered_model.created", """{"name":"churn","tags":{},"description":""}""");
        await ExpectAsync("model_version.created", """{"name":"churn","version":"1","source":"runs:/r1/model","run_id":"r1","tags":{},"description":"first try"}""");
    }

    [Fact]
    public async Task Version_TaggedAndUntagged_TellsKeyAndValue()
    {
        await VersionsAsync(1);

        await Registry.Catalog.TagAsync("churn", 1, "stage", "gold", "ann", default);
        await ExpectAsync("model_version_tag.set", """{"name":"churn","version":"1","key":"stage","value":"gold"}""");

        await Registry.Catalog.TagAsync("churn", 1, "stage", null, "ann", default);
        await ExpectAsync("model_version_tag.deleted", """{"name":"churn","version":"1","key":"stage"}""");
    }

    [Fact]
    public async Task Alias_SetMovedRolledBackAndDeleted_TellsWhereItIs()
    {
        await VersionsAsync(2);

        await Registry.SetAliasAsync("churn", "champion", 1, null, "ann", default);
        await ExpectAsync("model_version_alias.created", """{"name":"churn","alias":"champion","version":"1"}""");
        await Registry.SetAliasAsync("churn", "champion", 2, null, "ann", default);
        await ExpectAsync("model_version_alias.created", """{"name":"churn","alias":"champion","version":"2"}""");
        await Registry.RollBackAliasAsync("churn", "champion", null, "ann", default);
        await ExpectAsync("model_version_alias.created", """{"name":"churn","alias":"champion","version":"1"}""");
        await Registry.DeleteAliasAsync("churn", "champion", "ann", default);
        await ExpectAsync("model_version_alias.deleted", """{"name":"churn","alias":"champion"}""");
    }

    [Fact]
    public async Task Version_DeletedWithItsAliases_TellsOfTheAliases()
    {
        await VersionsAsync(1);
        await Registry.SetAliasAsync("churn", "old", 1, null, "ann", default);
        await Receiver.NextAsync();

        await Registry.Catalog.DeleteVersionAsync("churn", 1, "ann", default);

        await ExpectAsync("model_version_alias.deleted", """{"name":"churn","alias":"old"}""");
    }

    [Fact]
    public async Task Changes_ThatMlflowHasNoEventFor_TellNothing()
    {
        await VersionsAsync(1);
        int before = Receiver.Count;

        await Registry.Catalog.StageAsync("churn", 1, ModelStage.Production, false, "ann", default);
        await Registry.Catalog.DescribeAsync("churn", "d", "ann", default);
        await Registry.Catalog.TagAsync("churn", "team", "crm", "ann", default);
        await Registry.Catalog.RenameAsync("churn", "leavers", "ann", default);
        await Registry.SetAliasAsync("leavers", "last", 1, null, "ann", default);

        await ExpectAsync("model_version_alias.created", """{"name":"leavers","alias":"last","version":"1"}""");
        Assert.Equal(before + 1, Receiver.Count);
    }

    [Fact]
    public async Task Prompt_ItsVersionsTagsAndAliases_HaveEventsOfTheirOwn()
    {
        await Registry.Catalog.CreateAsync("greet", null, PromptTags, "ann", default);
        await ExpectAsync("prompt.created", """{"name":"greet","tags":{"team":"crm"},"description":""}""");

        var tags = new Dictionary<string, string>(PromptTags) { ["mlflow.prompt.text"] = "Hello {{name}}!" };
        await Registry.RegisterAsync("greet", new SourceRegistration("dummy-source", "dummy-source") { Tags = tags, Description = "d" }, "ann", default);
        await ExpectAsync("prompt_version.created", """{"name":"greet","version":"1","template":"Hello {{name}}!","tags":{"team":"crm"},"description":"d"}""");

        await Registry.Catalog.TagAsync("greet", "team", "web", "ann", default);
        await ExpectAsync("prompt_tag.set", """{"name":"greet","key":"team","value":"web"}""");
        await Registry.Catalog.TagAsync("greet", "team", null, "ann", default);
        await ExpectAsync("prompt_tag.deleted", """{"name":"greet","key":"team"}""");
        await Registry.Catalog.TagAsync("greet", 1, "tone", "warm", "ann", default);
        await ExpectAsync("prompt_version_tag.set", """{"name":"greet","version":"1","key":"tone","value":"warm"}""");
        await Registry.SetAliasAsync("greet", "live", 1, null, "ann", default);
        await ExpectAsync("prompt_alias.created", """{"name":"greet","alias":"live","version":"1"}""");
        await Registry.DeleteAliasAsync("greet", "live", "ann", default);
        await ExpectAsync("prompt_alias.deleted", """{"name":"greet","alias":"live"}""");
    }

    [Fact]
    public void Events_EachOfThem_ParsesAndHasAnExample()
    {
        Assert.Equal(15, WebhookEvents.All.Count);
        Assert.All(WebhookEvents.All, e => Assert.Equal((e, true), (WebhookEvents.Parse($"{e}"), WebhookEvents.ExampleOf(e).Count > 0)));
    }

    [Theory]
    [InlineData("registered_model", "DELETED", "Invalid action 'deleted' for entity 'registered_model'. Valid actions are: ['created']")]
    [InlineData("MODEL_VERSION_TAG", "created", "Valid actions are: ['deleted', 'set']")]
    [InlineData("run", "created", "there is no event 'run.created'")]
    public void Events_PairThatThereIsNot_IsRefusedWithThoseThereAre(string entity, string action, string expected)
    {
        var error = Assert.Throws<MlOpsException>(() => WebhookEvents.Of(entity, action));

        Assert.Equal((ErrorKind.Invalid, "webhook-event"), (error.Kind, error.Code));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static ModelRegistration RegisteredRun(string run) => Tests.Registry.RegistryTest.Sample(run);

    private async Task VersionsAsync(int count)
    {
        await World.CreateModelAsync();
        await Receiver.NextAsync();
        for (int i = 0; i < count; i++)
        {
            await Registry.RegisterAsync("churn", new SourceRegistration("s3://b/m", "s3://b/m"), "ann", default);
            await Receiver.NextAsync();
        }
    }

    private async Task ExpectAsync(string name, string data)
    {
        ReceivedWebhook told = await Receiver.NextAsync();
        Assert.Equal((name, data), (told.Event, told.Data));
    }
}
