using System.Text.Json;

namespace MlOps.Infra;

/// <summary>The workbook's JSON: a heading, a choice of the time range, and one chart a question.</summary>
internal static class WorkbookContent
{
    private const string Range = "{TimeRange:query}";

    private static readonly (string Title, string Query)[] Charts =
    [
        ("Requests by result", "AppRequests | where TimeGenerated " + Range + " | summarize Requests = sum(ItemCount) by bin(TimeGenerated, 5m), ResultCode"),
        ("Latency of requests (ms)", "AppRequests | where TimeGenerated " + Range + " | summarize p50 = percentilew(DurationMs, ItemCount, 50), p95 = percentilew(DurationMs, ItemCount, 95), p99 = percentilew(DurationMs, ItemCount, 99) by bin(TimeGenerated, 5m)"),
        ("Predictions by outcome", MetricQuery.Over(Range, MetricNames.Predictions, "outcome")),
        ("Scoring time by model (ms)", MetricQuery.MeanOver(Range, MetricNames.PredictionDuration, "model")),
        ("Alerts by kind", MetricQuery.Over(Range, MetricNames.Alerts, "kind")),
        ("Rollouts by how they ended", MetricQuery.Over(Range, MetricNames.Rollouts, "state")),
        ("Pipeline runs by how they ended", MetricQuery.Over(Range, MetricNames.PipelineRuns, "end")),
        ("Workflows by how they ended", MetricQuery.Over(Range, MetricNames.Workflows, "state")),
        ("Retrains by cause", MetricQuery.Over(Range, MetricNames.Retrains, "cause")),
        ("Uploads by what became of them", MetricQuery.Over(Range, MetricNames.InboxFiles, "verdict")),
        ("New data set versions", MetricQuery.Over(Range, MetricNames.DatasetVersions, "dataset")),
    ];

    public static string For(string workspaceId) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["version"] = "Notebook/1.0",
        ["items"] = (object[])[Heading(), TimeRange(), .. Charts.Select((c, i) => Chart(c.Title, c.Query, i, workspaceId))],
        ["$schema"] = "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
    });

    private static object Heading() => new { type = 1, name = "heading", content = new { json = "# MlOps" } };

    private static object TimeRange() => new
    {
        type = 9,
        name = "parameters",
        content = new
        {
            version = "KqlParameterItem/1.0",
            style = "pills",
            parameters = new[]
            {
                new { id = "3c6f0a5e-9c1f-4b83-8a43-0c7f2f3d9f11", version = "KqlParameterItem/1.0", name = "TimeRange", type = 4, isRequired = true, value = new { durationMs = 86_400_000 } },
            },
        },
    };

    private static object Chart(string title, string query, int index, string workspaceId) => new
    {
        type = 3,
        name = $"chart-{index}",
        customWidth = "50",
        content = new
        {
            version = "KqlItem/1.0",
            query,
            size = 0,
            title,
            timeContextFromParameter = "TimeRange",
            queryType = 0,
            resourceType = "microsoft.operationalinsights/workspaces",
            crossComponentResources = new[] { workspaceId },
            visualization = "timechart",
        },
    };
}
