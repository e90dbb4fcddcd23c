namespace MlOps.Api.Tests.Http;

/// <summary>HEAD is GET without a body (RFC 9110, 9.3.2), wherever there is a GET.</summary>
public sealed class HeadTests : ApiTest
{
    [Theory]
    [InlineData("/api/v1/models")]
    [InlineData("/api/v1/models/nothing")]
    [InlineData("/api/2.0/mlflow/experiments/get?experiment_id=0")]
    [InlineData("/v2/models/nothing")]
    [InlineData("/v1/models/nothing")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/metrics")]
    public async Task Head_OfWhatCanBeRead_IsItsGetWithoutABody(string path)
    {
        ApiAnswer get = await Api.GetAsync(path), head = await Api.SendAsync(HttpMethod.Head, path);

        Assert.Equal((get.Status, get.ContentType, ""), (head.Status, head.ContentType, head.Body));
    }

    [Fact]
    public async Task Head_OfWhatIsOnlyWritten_IsRefused() => Assert.Equal(405, (await Api.SendAsync(HttpMethod.Head, "/predict")).Status);

    [Fact]
    public async Task Get_UnderAnotherMethod_NamesHeadToo() =>
        Assert.Contains("takes GET, HEAD", (await Api.PostAsync("/api/v1/endpoints", new { })).Body, StringComparison.Ordinal);
}
