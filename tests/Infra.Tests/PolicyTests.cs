namespace MlOps.Infra.Tests;

/// <summary>What holds for the whole stack, whatever is in it.</summary>
public class PolicyTests
{
    /// <summary>Types that Azure gives no tags.</summary>
    private static readonly string[] Untagged =
    [
        "azure-native:authorization:RoleAssignment", "azure-native:consumption:Budget", "azure-native:durabletask:TaskHub",
        "azure-native:eventgrid:SystemTopicEventSubscription", "azure-native:monitor:DiagnosticSetting", "azure-native:storage:BlobContainer",
        "azure-native:storage:BlobServiceProperties", "azure-native:storage:ManagementPolicy", "azure-native:storage:Queue",
        "azure-native:web:WebAppFtpAllowed", "azure-native:web:WebAppScmAllowed",
    ];

    [Fact]
    public async Task Tags_AreOnEveryResourceThatCanHaveThem()
    {
        IReadOnlyList<Made> all = await StackRun.Of("prod", ("durableTaskScheduler", "true"));

        foreach (Made made in all.Where(m => !Untagged.Contains(m.Type)))
        {
            Assert.True(made.Text("tags", "environment") == "prod", $"{made} has no tags");
            Assert.Equal(TagPolicy.TagsOf("prod").Keys.Order(), ((IDictionary<string, object>)made["tags"]!).Keys.Order());
        }
    }

    [Fact]
    public async Task Alerts_AllTellTheActionGroup()
    {
        IReadOnlyList<Made> all = await StackRun.Of("prod");
        string group = all.Single(m => m.Type == "azure-native:monitor:ActionGroup").Id;
        List<Made> rules = [.. all.Where(m => m.Type == "azure-native:monitor:ScheduledQueryRule")];
        List<Made> metrics = [.. all.Where(m => m.Type == "azure-native:monitor:MetricAlert")];

        Assert.Equal(["drift", "failed-requests", "ingestion-stopped", "log-cap", "performance", "pipeline-failed", "poison-queue", "rollback", "slow-predictions", "upload-rejected"], rules.Select(r => r.Name).Order());
        Assert.Equal(["dead-letters"], metrics.Select(m => m.Name));
        Assert.All(rules, r => Assert.Contains(group, r.List("actions", "actionGroups")));
        Assert.All(metrics, m => Assert.Contains(group, m.Texts()));
        Assert.All(rules.Concat(metrics), r => Assert.Equal(true, r["enabled"]));
    }

    [Fact]
    public async Task Alerts_OfAModel_AreRaisedForEachModelByItself()
    {
        List<Made> rules = [.. (await StackRun.Of("prod")).Where(m => m.Type == "azure-native:monitor:ScheduledQueryRule")];
        List<Made> split = [.. rules.Where(r => Condition(r).List("dimensions").Count > 0)];

        Assert.Equal(["drift", "performance", "rollback"], split.Select(r => r.Name).Order());
        Assert.All(split, r => Assert.Equal("Model", Condition(r).List("dimensions").Select(d => ((IDictionary<string, object>)d)["name"]).Single()));
        Assert.All(split, r => Assert.Contains("| extend Model = tostring(Properties[\"model\"])", Condition(r).Text("query")));
        // A rule may not name a column that its query does not give.
        Assert.All(rules.Except(split), r => Assert.DoesNotContain("Model", Condition(r).Text("query")));
    }

    [Theory]
    [InlineData("https://x/v2/models/churn/infer", true)]
    [InlineData("https://x/v2/models/churn/versions/3/infer?a=b", true)]
    [InlineData("https://x/v1/models/churn:predict", true)]
    [InlineData("https://x/invocations", true)]
    [InlineData("https://x/v2/models/churn", false)]
    [InlineData("https://x/v2/models/churn/ready", false)]
    [InlineData("https://x/v1/models/churn/metadata", false)]
    public async Task Latency_IsThatOfRoutesThatPredict(string url, bool counts)
    {
        Made rule = Assert.Single(await StackRun.Of("dev"), m => m.Name == "slow-predictions");

        Assert.Contains($"Url matches regex @\"{RequestQuery.Inference}\"", Condition(rule).Text("query"));
        Assert.Equal(counts, System.Text.RegularExpressions.Regex.IsMatch(url, RequestQuery.Inference));
    }

    [Fact]
    public async Task Failures_AreAShareOfHttpRequests_WeighedBySampling()
    {
        foreach (string name in (string[])["failed-requests", "slow-predictions"])
        {
            string query = Condition(Assert.Single(await StackRun.Of("dev"), m => m.Name == name)).Text("query")!;

            Assert.StartsWith("AppRequests\n| where toint(ResultCode) >= 100", query.ReplaceLineEndings("\n"));
            Assert.DoesNotContain("count()", query);
            Assert.Contains("sum(ItemCount)", query);
        }
    }

    [Fact]
    public async Task Protection_OfProd_HoldsStorageAndVault()
    {
        Made vault = Assert.Single(await StackRun.Of("prod"), m => m.Type == "azure-native:keyvault:Vault");

        Assert.Equal(true, vault["properties", "enablePurgeProtection"]);
        Assert.Equal(true, vault["properties", "enableRbacAuthorization"]);
        Assert.Null((await StackRun.Of("dev")).Single(m => m.Type == vault.Type)["properties", "enablePurgeProtection"]);
    }

    [Fact]
    public async Task Budget_TellsTheActionGroupBeforeAndAtTheLimit()
    {
        IReadOnlyList<Made> all = await StackRun.Of("dev");
        Made budget = Assert.Single(all, m => m.Type == "azure-native:consumption:Budget");

        Assert.Equal(50.0, budget["amount"]);
        Assert.Equal(80.0, budget["notifications", "used80", "threshold"]);
        Assert.Equal("Forecasted", budget.Text("notifications", "forecast100", "thresholdType"));
        Assert.Contains(all.Single(m => m.Type == "azure-native:monitor:ActionGroup").Id, budget.List("notifications", "used100", "contactGroups"));
        Assert.EndsWith("-01T00:00:00Z", budget.Text("timePeriod", "startDate"));
    }

    [Fact]
    public async Task Workbook_ReadsEveryMetricOfThePlatform()
    {
        Made workbook = Assert.Single(await StackRun.Of("dev"), m => m.Type == "azure-native:applicationinsights:Workbook");
        string json = workbook.Text("serializedData")!;
        using var document = System.Text.Json.JsonDocument.Parse(json);

        Assert.True(document.RootElement.GetProperty("items").GetArrayLength() > 5);
        Assert.True(Guid.TryParse(workbook.Text("resourceName"), out _));
        foreach (System.Reflection.FieldInfo metric in typeof(MetricNames).GetFields())
            Assert.Contains((string)metric.GetRawConstantValue()!, json);
    }

    private static Made Condition(Made rule) =>
        rule with { Inputs = (System.Collections.Immutable.ImmutableDictionary<string, object>)Assert.Single(rule.List("criteria", "allOf")) };
}
