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

        Assert.Equal(["drift", "failed-requests", "ingestion-stopped", "performance", "pipeline-failed", "poison-queue", "rollback", "slow-predictions", "upload-rejected"], rules.Select(r => r.Name).Order());
        Assert.Equal(["dead-letters"], metrics.Select(m => m.Name));
        Assert.All(rules, r => Assert.Contains(group, r.List("actions", "actionGroups")));
        Assert.All(metrics, m => Assert.Contains(group, m.Texts()));
        Assert.All(rules.Concat(metrics), r => Assert.Equal(true, r["enabled"]));
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
}
