using System.Text;
using System.Text.Json;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Tests.Experiments;

public sealed class ExperimentRouteTests : ApiTest
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        ExperimentTracker tracker = Api.Platform.Experiments;
        for (int i = 0; i < 5; i++)
            await tracker.StartRunAsync(new RunStart($"r{i}", "churn eu", $"run {i}", new RunLineage("telco@1"), RunChanges.NoTexts, StartedAt: DateTimeOffset.UnixEpoch.AddDays(i)), None);
        await tracker.LogMetricsAsync("r1", [new("val/loss", 0.5, 1, DateTimeOffset.UnixEpoch), new("val/loss", double.NaN, 2, DateTimeOffset.UnixEpoch)], None);
        await tracker.LogArtifactAsync("r1", "plots/roc.svg", new MemoryStream(Encoding.UTF8.GetBytes("<svg/>")), None);
    }

    [Fact]
    public async Task Experiments_AreListed() =>
        Assert.Equal("churn eu", (await Api.GetAsync("/api/v1/experiments")).Json.GetProperty("items")[0].GetProperty("name").GetString());

    [Fact]
    public async Task Runs_PageByPage_AreNewestFirst()
    {
        ApiAnswer first = await Api.GetAsync("/api/v1/experiments/churn%20eu/runs?limit=3");
        ApiAnswer second = await Api.GetAsync($"/api/v1/experiments/churn%20eu/runs?limit=3&next={first.Json.GetProperty("next").GetString()}");

        Assert.Equal(["r4", "r3", "r2", "r1", "r0"], Ids(first).Concat(Ids(second)));
        Assert.False(second.Json.TryGetProperty("next", out _));
    }

    [Fact]
    public async Task Runs_Searched_AreCountedOrderedAndHaveTheirColumns()
    {
        const string search = "/api/v1/experiments/churn%20eu/runs?filter=run_name%20IN%20('run%201','run%203','run%204')&orderBy=run_name%20ASC&columns=metrics&count=true&limit=2";
        ApiAnswer first = await Api.GetAsync(search);
        ApiAnswer second = await Api.GetAsync($"{search}&next={first.Json.GetProperty("next").GetString()}");

        Assert.Equal(["r1", "r3", "r4"], Ids(first).Concat(Ids(second)));
        Assert.Equal(3, first.Json.GetProperty("total").GetInt32());
        Assert.True(first.Json.GetProperty("items")[0].GetProperty("metrics").TryGetProperty("val/loss", out _));
        Assert.False((await Api.GetAsync("/api/v1/experiments/churn%20eu/runs")).Json.TryGetProperty("total", out _));
    }

    [Fact]
    public async Task History_OfAFewPoints_KeepsTheEnds()
    {
        await Api.Platform.Experiments.LogMetricsAsync("r2", [.. Enumerable.Range(0, 1_000).Select(i => new MetricPoint("loss", i, i, DateTimeOffset.UnixEpoch))], None);

        JsonElement[] points = [.. (await Api.GetAsync("/api/v1/runs/r2/metrics/loss?points=10")).Json.GetProperty("items").EnumerateArray()];

        Assert.Equal((11, 0, 999), (points.Length, points[0].GetProperty("step").GetInt32(), points[^1].GetProperty("step").GetInt32()));
    }

    [Theory]
    [InlineData("view=some", "query-invalid")]
    [InlineData("count=maybe", "query-invalid")]
    [InlineData("columns=nothing", "filter-invalid")]
    [InlineData("filter=metrics.x", "filter-invalid")]
    [InlineData("limit=0", "query-invalid")]
    [InlineData("limit=x", "query-invalid")]
    [InlineData("next=garbage", "continuation-invalid")]
    public async Task Runs_BadQuery_SaysWhatIsExpected(string query, string code) =>
        (await Api.GetAsync($"/api/v1/experiments/churn%20eu/runs?{query}")).Problem(400, code);

    [Fact]
    public async Task Runs_OfAnUnknownExperiment_NameThoseThatExist() =>
        Assert.Contains("'churn eu'", (await Api.GetAsync("/api/v1/experiments/nope/runs")).Problem(404, "experiment-missing"), StringComparison.Ordinal);

    [Fact]
    public async Task Run_IsShownWithItsLatestMetrics()
    {
        Run run = (await Api.GetAsync("/api/v1/runs/r1")).Read<Run>();

        Assert.Equal(("r1", "telco@1", double.NaN), (run.Id, run.Lineage.Dataset, run.Metrics["val/loss"]));
    }

    [Fact]
    public async Task History_OfAMetricWithASlash_IsInOrder()
    {
        ApiAnswer answer = await Api.GetAsync("/api/v1/runs/r1/metrics/val/loss");

        Assert.Equal([1, 2], answer.Json.GetProperty("items").EnumerateArray().Select(p => p.GetProperty("step").GetInt32()));
    }

    [Fact]
    public async Task Artifact_IsADownloadThatNoBrowserRuns()
    {
        ApiAnswer answer = await Api.GetAsync("/api/v1/runs/r1/artifacts/plots/roc.svg");

        Assert.Equal((200, "application/octet-stream", "<svg/>"), (answer.Status, answer.ContentType, answer.Body));
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
    }

    [Fact]
    public async Task Artifacts_AreListed() =>
        Assert.Equal("plots/roc.svg", (await Api.GetAsync("/api/v1/runs/r1/artifacts")).Json.GetProperty("items")[0].GetProperty("path").GetString());

    [Theory]
    [InlineData("..%2f..%2fmlops.db")]
    [InlineData("%2e%2e%2fr2%2fx")]
    [InlineData("%252e%252e/x")]
    [InlineData("a%5c..%5cb")]
    [InlineData("%2fetc%2fpasswd")]
    [InlineData("a%00b")]
    public async Task Artifact_PathThatCouldEscape_IsNeverServed(string path)
    {
        ApiAnswer answer = await Api.GetAsync($"/api/v1/runs/r1/artifacts/{path}");

        Assert.InRange(answer.Status, 400, 404);
        Assert.DoesNotContain("SQLite", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ThatDoesNotExist_Is404() => (await Api.GetAsync("/api/v1/runs/nope")).Problem(404, "run-missing");

    private static IEnumerable<string?> Ids(ApiAnswer answer) => answer.Json.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("id").GetString());
}
