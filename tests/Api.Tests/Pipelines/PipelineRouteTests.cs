namespace MlOps.Api.Tests.Pipelines;

public sealed class PipelineRouteTests : ApiTest
{
    [Fact]
    public async Task Register_OfABadDocument_ReportsAllMistakesWithTheFilesName()
    {
        string detail = (await Api.PostTextAsync("/api/v1/pipelines?file=telco.yaml", "nmae: x\nfoo: 1\n", "text/yaml")).Problem(400, "pipeline-invalid");

        Assert.Contains("telco.yaml", detail, StringComparison.Ordinal);
        Assert.Contains("nmae", detail, StringComparison.Ordinal);
        Assert.Contains("foo", detail, StringComparison.Ordinal);
        Assert.Equal(0, (await Api.GetAsync("/api/v1/pipelines")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Register_OfAHugeDocument_Is413() =>
        (await Api.PostTextAsync("/api/v1/pipelines", new string('#', 300_000), "text/yaml")).Problem(413, "body-too-large");

    [Theory]
    [InlineData("GET", "/api/v1/pipelines/nope", "pipeline-missing")]
    [InlineData("GET", "/api/v1/pipelines/nope/runs", "pipeline-missing")]
    [InlineData("POST", "/api/v1/pipelines/nope/runs", "pipeline-missing")]
    [InlineData("GET", "/api/v1/pipeline-runs/nope", "pipeline-run-missing")]
    [InlineData("POST", "/api/v1/pipeline-runs/nope/approve", "pipeline-run-missing")]
    [InlineData("POST", "/api/v1/pipeline-runs/nope/cancel", "pipeline-run-missing")]
    [InlineData("POST", "/api/v1/pipeline-runs/nope/rerun", "pipeline-run-missing")]
    [InlineData("POST", "/api/v1/pipeline-runs/nope/suspend", "pipeline-run-missing")]
    [InlineData("POST", "/api/v1/pipeline-runs/nope/resume", "pipeline-run-missing")]
    public async Task Anything_OfAPipelineThatDoesNotExist_Is404(string method, string path, string code) =>
        (await Api.SendAsync(new HttpMethod(method), path)).Problem(404, code);
}
