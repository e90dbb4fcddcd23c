using System.Security.Cryptography;
using MlOps.Api.Registry;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Api.Tests.Registry;

public sealed class ModelRouteTests : ApiTest
{
    private ModelVersion _version = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _version = await SampleModels.ServeChurnAsync(Api.Platform);
    }

    [Fact]
    public async Task Models_AreListedWithAliases() =>
        Assert.Equal(1, (await Api.GetAsync("/api/v1/models")).Json.GetProperty("items")[0].GetProperty("aliases").GetProperty("champion").GetInt32());

    [Fact]
    public async Task Model_IsShownWithVersionsAndTraffic()
    {
        ModelView view = (await Api.GetAsync("/api/v1/models/churn")).Read<ModelView>();

        Assert.Equal(("churn", 1, 10_000), (view.Model.Name, view.Versions.Single().Version, view.Endpoint!.Traffic.Single().BasisPoints));
        Assert.Equal(["tenure", "contract", "charge"], view.Versions[0].Signature.Inputs.Select(i => i.Name));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("champion")]
    [InlineData("latest")]
    public async Task Version_ByNumberOrAlias_IsFound(string selector) =>
        Assert.Equal(_version.ModelDigest, (await Api.GetAsync($"/api/v1/models/churn/versions/{selector}")).Read<ModelVersion>().ModelDigest);

    [Fact]
    public async Task File_OfAVersion_HasItsDigest()
    {
        byte[] file = await Api.Http.GetByteArrayAsync("/api/v1/models/churn/versions/champion/file");

        Assert.Equal(_version.ModelDigest, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    [Fact]
    public async Task File_InAnotherFormat_IsMadeOfTheModelInMemory()
    {
        Assert.Empty(Api.Platform.ModelCache.Memory.Models);

        ApiAnswer file = await Api.GetAsync("/api/v1/models/churn/versions/champion/file?format=onnx");

        Assert.Equal(200, file.Status);
        Assert.Equal(_version.ModelDigest, Assert.Single(Api.Platform.ModelCache.Memory.Models).Digest);
        (await Api.GetAsync("/api/v1/models/churn/versions/champion/file?format=onx")).Problem(400, "model-export-format");
    }

    [Fact]
    public async Task Lineage_GoesFromDataToDeployment()
    {
        await Api.Platform.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(1), "again the same", null, null), None);

        ModelLineageView lineage = (await Api.GetAsync("/api/v1/models/churn/versions/1/lineage")).Read<ModelLineageView>();

        Assert.Equal(("telco@1", "run-1", 1), (lineage.Sources.Dataset, lineage.RunId, lineage.Version.Version));
        LineageDeployment deployment = Assert.Single(lineage.Deployments);
        Assert.Equal(("churn", 1.0, null, "first"), (deployment.Endpoint, deployment.Share, deployment.To, deployment.Reason));
    }

    [Fact]
    public async Task Alias_Put_MovesItAndSaysWho()
    {
        RegisteredModel model = (await Api.PutAsync("/api/v1/models/churn/aliases/blue", new AliasTarget(1, 0))).Read<RegisteredModel>();

        Assert.Equal(1, model.Aliases["blue"]);
        ApiAnswer events = await Api.GetAsync("/api/v1/models/churn/events");
        Assert.Equal("local", events.Json.GetProperty("items")[0].GetProperty("by").GetString());
    }

    [Fact]
    public async Task Alias_PutWithAnExpectationThatDoesNotHold_Is409()
    {
        await SampleModels.ServeChurnAsync(Api.Platform, runId: "run-2");

        string detail = (await Api.PutAsync("/api/v1/models/churn/aliases/champion", new AliasTarget(1, 6))).Problem(409, "alias-moved");

        Assert.Equal("alias 'champion' of 'churn' points to version 2, expected 6: someone promoted meanwhile; read it again and retry", detail);
    }

    [Fact]
    public async Task Alias_Deleted_IsGone()
    {
        RegisteredModel model = (await Api.SendAsync(HttpMethod.Delete, "/api/v1/models/churn/aliases/champion")).Read<RegisteredModel>();

        Assert.Empty(model.Aliases);
    }

    [Theory]
    [InlineData("""{"version": 1, "expceted": 6}""", "this field is unknown; the fields are version, expected")]
    [InlineData("""{}""", "missing 'version'; the fields are version, expected")]
    [InlineData("""{"version": "one"}""", "'$.version' (line 1, column 18): expected a whole number")]
    [InlineData("""{"version": 1""", "line 1, column 14")]
    [InlineData("null", "the body is null")]
    [InlineData("", "line 1, column 1")]
    public async Task Alias_BadBody_SaysWhereAndWhatIsExpected(string body, string expected)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        ApiAnswer answer = await Api.SendAsync(HttpMethod.Put, "/api/v1/models/churn/aliases/blue", content);

        Assert.True(answer.Problem(400, "json-invalid").Contains(expected, StringComparison.Ordinal), answer.Body);
        Assert.Equal(["champion"], (await Api.Platform.Registry.GetModelAsync("churn", None)).Aliases.Keys);
    }

    [Theory]
    [InlineData("/api/v1/models/nope", "model-missing")]
    [InlineData("/api/v1/models/churn/versions/7", "model-version-missing")]
    [InlineData("/api/v1/models/churn/versions/nope", "alias-missing")]
    public async Task Model_ThatDoesNotExist_Is404(string path, string code) => (await Api.GetAsync(path)).Problem(404, code);

    [Theory]
    [InlineData("/api/v1/models/a%2fb", "model-name")]
    [InlineData("/api/v1/models/churn/versions/a%20b", "alias-name")]
    public async Task Model_WithAnImpossibleName_Is400(string path, string code) => (await Api.GetAsync(path)).Problem(400, code);
}
