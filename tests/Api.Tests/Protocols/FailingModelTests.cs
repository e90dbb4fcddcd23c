using System.Text;
using System.Text.Json;
using MlOps.Domain.Access;
using MlOps.Domain.Registry;
using MlOps.Domain.Storage;
using MlOps.Domain.Training;

namespace MlOps.Api.Tests.Protocols;

/// <summary>What each protocol says of a model whose file is damaged, and of one that gives no number.</summary>
public sealed class FailingModelTests : ApiTest
{
    private const string Row = """{"instances": [{"tenure": 1, "contract": "Month"}]}""";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        ModelVersion churn = await SampleModels.ServeChurnAsync(Api.Platform);
        using var garbage = new MemoryStream(Encoding.ASCII.GetBytes("no model"));
        await Api.Platform.Ports.Blobs.WriteAsync(ModelStore.Container, $"{churn.ModelDigest[..2]}/{churn.ModelDigest}", garbage, BlobWriteOptions.Default, None);
    }

    [Theory]
    [InlineData("/v2/models/churn/ready")]
    [InlineData("/v2/models/churn/versions/1/ready")]
    public async Task Ready_OfAModelWhoseFileIsDamaged_Is503AndSaysWhy(string path)
    {
        ApiAnswer answer = await Api.GetAsync(path);

        Assert.Contains("could not be loaded: the stored model", answer.Error(503), StringComparison.Ordinal);
        Assert.InRange(int.Parse(answer.Header("Retry-After"), null), 1, 30);
    }

    [Theory]
    [InlineData("/v1/models/churn", 503)]
    [InlineData("/v1/models/churn/versions/1", 200)]
    [InlineData("/v1/models/churn/labels/champion", 200)]
    public async Task Status_OfAModelWhoseFileIsDamaged_IsEndWithItsError(string path, int status)
    {
        ApiAnswer answer = await Api.GetAsync(path);

        Assert.Equal((status, false), (answer.Status, answer.Json.GetProperty("ready").GetBoolean()));
        JsonElement version = answer.Json.GetProperty("model_version_status")[0];
        Assert.Equal(("1", "END"), (version.GetProperty("version").GetString(), version.GetProperty("state").GetString()));
        Assert.Equal("DATA_LOSS", version.GetProperty("status").GetProperty("error_code").GetString());
        Assert.Contains("is damaged", version.GetProperty("status").GetProperty("error_message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/models/churn")]
    [InlineData("/v1/models/churn/metadata")]
    public async Task Metadata_OfAModelWhoseFileIsDamaged_IsThatOfTheRegistry(string path)
    {
        ApiAnswer answer = await Api.GetAsync(path);

        Assert.Equal(200, answer.Status);
        Assert.Contains("tenure", answer.Body, StringComparison.Ordinal);
        Assert.Empty(Api.Platform.ModelCache.Memory.Models);
    }

    [Fact]
    public async Task Probes_WhenTheOnlyModelIsDamaged_AreNotReadyButAlive()
    {
        Assert.Contains("could not be loaded", (await Api.GetAsync("/ping")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST"), StringComparison.Ordinal);
        (await Api.GetAsync("/health/ready")).Problem(503, "models-not-ready");
        (await Api.GetAsync("/v2/health/ready")).Error(503);
        foreach (string path in (string[])["/health", "/health/live", "/v2/health/live"])
            Assert.Equal(200, (await Api.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Ping_WithoutATokenWhenNoModelAnswers_SaysNothingOfThem()
    {
        await Api.Platform.Access.CreateAsync("ann", Role.Viewer, None);

        Assert.Equal("no model can answer: ask with a token to read why", (await Api.GetAsync("/ping?model=churn")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST"));
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/v2")]
    [InlineData("/v2/health/live")]
    [InlineData("/v2/health/ready")]
    [InlineData("/ping")]
    [InlineData("/version")]
    public async Task Head_OfAProbe_IsItsGetWithoutABody(string path)
    {
        ApiAnswer get = await Api.GetAsync(path), head = await Api.SendAsync(HttpMethod.Head, path);

        Assert.Equal((get.Status, get.ContentType, ""), (head.Status, head.ContentType, head.Body));
    }

    [Fact]
    public async Task Probes_WhenAnotherModelCanAnswer_AreReady()
    {
        await SampleModels.ServePriceAsync(Api.Platform);

        await Contracts.Eventually.TrueAsync(async () => (await Api.GetAsync("/ping")).Status == 200, "both models are seen");
        Assert.Equal((200, "\n"), ((await Api.GetAsync("/ping")).Status, (await Api.GetAsync("/ping")).Body));
        foreach (string path in (string[])["/health/ready", "/v2/health/ready"])
            Assert.Equal(200, (await Api.GetAsync(path)).Status);
        Assert.Equal(404, (await Api.GetAsync("/ping?model=churn")).Status);
    }

    [Fact]
    public async Task Predict_WithAModelWhoseFileIsDamaged_Is503InEachProtocolAndSaysWhenToAskAgain()
    {
        ApiAnswer[] answers =
        [
            await Api.PostTextAsync("/v1/models/churn:predict", Row),
            await Api.PostTextAsync("/v2/models/churn/infer", """{"inputs": [{"name": "tenure", "datatype": "FP64", "shape": [1], "data": [1]}]}"""),
            await Api.PostTextAsync("/invocations", Row),
            await Api.PostTextAsync("/endpoints/churn/invocations", Row),
            await Api.PostTextAsync("/predict", """{"features": [1, "Month", 2]}"""),
        ];

        Assert.All(answers, answer => Assert.Equal(503, answer.Status));
        Assert.All(answers, answer => Assert.InRange(int.Parse(answer.Header("Retry-After"), null), 1, 30));
    }

    [Fact]
    public async Task Predict_WithAModelThatGivesNoNumber_Is500InEachProtocolsShape()
    {
        await SampleModels.ServePriceAsync(Api.Platform);
        const string huge = """{"instances": [[1e308]]}""";

        Assert.Contains("failed to score it", (await Api.PostTextAsync("/v1/models/price:predict", huge)).Error(500), StringComparison.Ordinal);
        Assert.Contains("failed to score it", (await Api.PostTextAsync("/v2/models/price/infer", """{"inputs": [{"name": "carat", "datatype": "FP64", "shape": [1], "data": [1e308]}]}""")).Error(500), StringComparison.Ordinal);
        (await Api.PostTextAsync("/invocations?model=price", huge)).MlflowError(500, "INTERNAL_ERROR");
        (await Api.PostTextAsync("/predict?model=price", """{"features": [1e308]}""")).Problem(500, "model-score");
        ApiAnswer sageMaker = await Api.PostTextAsync("/endpoints/price/invocations", huge);
        Assert.Equal((424, "ModelError", 500), (sageMaker.Status, sageMaker.Header("x-amzn-ErrorType"), sageMaker.Json.GetProperty("OriginalStatusCode").GetInt32()));
    }
}
