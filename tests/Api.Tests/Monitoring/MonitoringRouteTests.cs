using MlOps.Domain.Monitoring;

namespace MlOps.Api.Tests.Monitoring;

public sealed class MonitoringRouteTests : ApiTest
{
    [Fact]
    public async Task Report_BeforeAnyCheck_SaysHowToMakeOne() =>
        Assert.Contains("check now with POST", (await Api.GetAsync("/api/v1/drift/churn")).Problem(404, "report-none"), StringComparison.Ordinal);

    [Theory]
    [InlineData("/api/v1/drift/churn/reports")]
    [InlineData("/api/v1/alerts")]
    [InlineData("/api/v1/alerts?model=churn&limit=5")]
    public async Task List_OfNothing_IsEmpty(string path) => Assert.Equal(0, (await Api.GetAsync(path)).Json.GetProperty("items").GetArrayLength());

    [Theory]
    [InlineData("/api/v1/drift/churn/reports?kind=odd", "query-invalid")]
    [InlineData("/api/v1/alerts?limit=0", "query-invalid")]
    public async Task List_BadQuery_SaysWhatIsExpected(string path, string code) => (await Api.GetAsync(path)).Problem(400, code);

    [Fact]
    public async Task Policy_InForce_IsShownAndEnded()
    {
        await Api.Platform.Monitors.SetPolicyAsync(new MonitorPolicy { Model = "churn", Owner = "telco", Drift = new DriftPolicy() }, default);

        Assert.Equal("telco", (await Api.GetAsync("/api/v1/drift/churn/policy")).Json.GetProperty("policy").GetProperty("owner").GetString());
        Assert.Equal(204, (await Api.SendAsync(HttpMethod.Delete, "/api/v1/drift/churn/policy", null)).Status);
        Assert.Contains("is not watched", (await Api.GetAsync("/api/v1/drift/churn/policy")).Problem(404, "monitor-missing"), StringComparison.Ordinal);
        (await Api.SendAsync(HttpMethod.Delete, "/api/v1/drift/churn/policy", null)).Problem(404, "monitor-missing");
    }
}
