using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;

namespace MlOps.Api.Tests.Http;

public sealed class ErrorTests : IAsyncLifetime
{
    private ApiHost _api = null!;

    public async Task InitializeAsync() => _api = await ApiHost.StartAsync(more: MapFailures);

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Theory]
    [InlineData(ErrorKind.NotFound, 404)]
    [InlineData(ErrorKind.Conflict, 409)]
    [InlineData(ErrorKind.Invalid, 400)]
    [InlineData(ErrorKind.Refused, 403)]
    [InlineData(ErrorKind.TooLarge, 413)]
    [InlineData(ErrorKind.Unavailable, 503)]
    [InlineData(ErrorKind.Failed, 500)]
    public async Task Handler_ThatThrowsAKind_AnswersItsStatusInEachProtocol(ErrorKind kind, int status)
    {
        Assert.Equal("this is why", (await _api.GetAsync($"/fail/problem/{kind}")).Problem(status, "some-code"));
        Assert.Equal("this is why", (await _api.GetAsync($"/fail/openinference/{kind}")).Error(status));
        Assert.Equal(status, (await _api.GetAsync($"/fail/mlflow/{kind}")).Status);
    }

    [Theory]
    [InlineData(ErrorKind.NotFound, "RESOURCE_DOES_NOT_EXIST")]
    [InlineData(ErrorKind.Conflict, "RESOURCE_CONFLICT")]
    [InlineData(ErrorKind.Invalid, "INVALID_PARAMETER_VALUE")]
    [InlineData(ErrorKind.Refused, "PERMISSION_DENIED")]
    [InlineData(ErrorKind.Unavailable, "TEMPORARILY_UNAVAILABLE")]
    [InlineData(ErrorKind.Failed, "INTERNAL_ERROR")]
    public async Task Handler_ThatThrowsAKind_HasMlflowsErrorCode(ErrorKind kind, string code)
    {
        ApiAnswer answer = await _api.GetAsync($"/fail/mlflow/{kind}");

        Assert.Equal("this is why", answer.MlflowError(answer.Status, code));
    }

    [Theory]
    [InlineData("problem")]
    [InlineData("openinference")]
    [InlineData("mlflow")]
    public async Task Handler_ThatFailsUnexpectedly_TellsNothingButTheRequestId(string shape)
    {
        ApiAnswer answer = await _api.GetAsync($"/fail/{shape}/unexpected", ("x-request-id", "abc-1"));

        Assert.Equal(500, answer.Status);
        Assert.DoesNotContain("secret", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("InvalidOperation", answer.Body, StringComparison.Ordinal);
        Assert.Contains("abc-1", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_LargerThanAllowed_Is413()
    {
        ApiAnswer answer = await _api.PostTextAsync("/fail/problem/read", new string('x', 2_000));

        Assert.Contains("larger than the 1,000 bytes", answer.Problem(413, "body-too-large"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_LargerThanAllowedAndSentInChunks_Is413()
    {
        using var endless = new StreamContent(new MemoryStream(new byte[200_000]));
        endless.Headers.ContentLength = null;

        ApiAnswer answer = await _api.SendAsync(HttpMethod.Post, "/fail/problem/read", endless, ("Transfer-Encoding", "chunked"));

        answer.Problem(413, "body-too-large");
    }

    [Fact]
    public async Task Route_ThatDoesNotExist_IsAnsweredInTheProtocolsWords()
    {
        Assert.Equal("there is no GET /api/v1/nope here", (await _api.GetAsync("/api/v1/nope")).Problem(404, "route-missing"));
        Assert.Equal("there is no POST /v2/nope here", (await _api.PostAsync("/v2/nope", new { })).Error(404));
    }

    [Fact]
    public async Task Route_UnderAnotherMethod_Is405AndSaysWhichItTakes()
    {
        using var empty = new StringContent("");
        Assert.Equal("/api/v1/datasets takes GET, HEAD, not PUT", (await _api.SendAsync(HttpMethod.Put, "/api/v1/datasets", empty)).Problem(405, "method-not-allowed"));
    }

    [Fact]
    public async Task RequestId_Given_IsEchoed() => Assert.Equal("my-id.7", (await _api.GetAsync("/api/v1/models", ("x-request-id", "my-id.7"))).Header("x-request-id"));

    [Fact]
    public async Task RequestId_Absent_IsMade()
    {
        string made = (await _api.GetAsync("/api/v1/models", ("x-request-id", ""))).Header("x-request-id");

        Assert.Equal(32, made.Length);
        Assert.NotEqual(made, (await _api.GetAsync("/api/v1/models")).Header("x-request-id"));
    }

    private static void MapFailures(IEndpointRouteBuilder routes, Platform platform)
    {
        var options = new ApiOptions { MaxRequestBytes = 1_000 };
        var pipeline = new ApiPipeline(platform, options);
        foreach (ErrorShape shape in Enum.GetValues<ErrorShape>())
        {
            var api = new ApiRoutes(routes, pipeline, options, $"/fail/{shape.ToString().ToLowerInvariant()}", shape);
            foreach (ErrorKind kind in Enum.GetValues<ErrorKind>())
                api.Get($"/{kind}", _ => throw new MlOpsException(kind, "some-code", "this is why"), Role.Viewer);
            api.Get("/unexpected", _ => throw new InvalidOperationException("secret"));
            api.Post("/read", call => new StreamReader(call.Http.Request.Body, Encoding.UTF8).ReadToEndAsync(call.Aborted));
        }
    }
}
