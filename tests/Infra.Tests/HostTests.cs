using System.Collections.Immutable;

namespace MlOps.Infra.Tests;

public class HostTests
{
    private const string WebApp = "azure-native:web:WebApp";

    [Fact]
    public async Task App_TakesHttpsWithTls12Only()
    {
        Made app = await AppOf("prod");

        Assert.Equal(true, app["httpsOnly"]);
        Assert.Equal("1.2", app.Text("siteConfig", "minTlsVersion"));
        Assert.Equal("1.2", app.Text("siteConfig", "scmMinTlsVersion"));
    }

    [Fact]
    public async Task App_ReachesStorageByIdentityAndNeverByKey()
    {
        Made app = await AppOf("prod");
        Dictionary<string, string> settings = SettingsOf(app);

        Assert.Equal("managedidentity", settings["AzureWebJobsStorage__credential"]);
        Assert.Equal("app-client", settings["AzureWebJobsStorage__clientId"]);
        Assert.Equal("UserAssignedIdentity", app.Text("functionAppConfig", "deployment", "storage", "authentication", "type"));
        Assert.EndsWith("UserAssignedIdentity/package", app.Text("functionAppConfig", "deployment", "storage", "authentication", "userAssignedIdentityResourceId"));
        Assert.DoesNotContain("AzureWebJobsStorage", settings.Keys);
    }

    [Fact]
    public async Task Passwords_OfTheDeploymentSite_OpenNothing()
    {
        IReadOnlyList<Made> all = await StackRun.Of("dev");
        string app = (string)Assert.Single(all, m => m.Type == "azure-native:web:WebAppScmAllowed")["name"]!;

        Assert.Equal("mlops", app);
        Assert.All(all.Where(m => m.Type is "azure-native:web:WebAppScmAllowed" or "azure-native:web:WebAppFtpAllowed"), p => Assert.Equal((false, app), (p["allow"], p["name"])));
        Assert.Single(all, m => m.Type == "azure-native:web:WebAppFtpAllowed");
        Assert.Equal("Disabled", (await AppOf("dev")).Text("siteConfig", "ftpsState"));
    }

    [Fact]
    public async Task Requests_AreSampledByBothProcessesOfAnInstance()
    {
        Dictionary<string, string> settings = SettingsOf(await AppOf("dev", ("tracesPerSecond", "0.5")));

        Assert.Equal(("microsoft.rate_limited", "0.5"), (settings["OTEL_TRACES_SAMPLER"], settings["OTEL_TRACES_SAMPLER_ARG"]));
    }

    [Fact]
    public async Task Zones_OfProd_AreSpannedByTheDataOnly()
    {
        IReadOnlyList<Made> all = await StackRun.Of("prod");

        Assert.Equal(false, Assert.Single(all, m => m.Type == "azure-native:web:AppServicePlan")["zoneRedundant"]);
        Assert.All(all.Where(m => m.Type == "azure-native:storage:StorageAccount"), a => Assert.Equal("Standard_ZRS", a.Text("sku", "name")));
        Assert.Equal(true, (await StackRun.Of("prod", ("zoneRedundantPlan", "true"))).Single(m => m.Type == "azure-native:web:AppServicePlan")["zoneRedundant"]);
    }

    [Fact]
    public async Task ResourceGroup_ThatExists_IsUsedAndNotMade()
    {
        IReadOnlyList<Made> all = await StackRun.Of("prod");

        Assert.DoesNotContain(all, m => m.Type == "azure-native:resources:ResourceGroup");
        Assert.All(all.Where(m => m["resourceGroupName"] is not null), m => Assert.Equal("mlops-prod", m["resourceGroupName"]));
        Assert.Equal("/subscriptions/subscription/resourceGroups/mlops-prod", Assert.Single(all, m => m.Type == "azure-native:consumption:Budget")["scope"]);
        Assert.Equal("mlops-dev", Assert.Single(await StackRun.Of("dev"), m => m.Type == "azure-native:resources:ResourceGroup")["resourceGroupName"]);
    }

    [Fact]
    public async Task Settings_OfTheWholeStack_HoldNoKey()
    {
        string[] signs = ["AccountKey=", "SharedAccessKey", "sig=", "Password="];

        foreach (Made made in await StackRun.Of("prod", ("durableTaskScheduler", "true")))
            Assert.DoesNotContain(made.Texts(), t => signs.Any(s => t.Contains(s, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task App_RunsTheIsolatedWorkerOnNet10()
    {
        Made app = await AppOf("dev");

        Assert.Equal("dotnet-isolated", app.Text("functionAppConfig", "runtime", "name"));
        Assert.Equal("10.0", app.Text("functionAppConfig", "runtime", "version"));
        Assert.Equal("https://mlopscode.blob/deploy", app.Text("functionAppConfig", "deployment", "storage", "value"));
        // Flex Consumption takes these from functionAppConfig and refuses them as settings.
        string[] refused = ["FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_CONTENTSHARE"];
        Assert.Empty(SettingsOf(app).Keys.Intersect(refused));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("2", 1)]
    public async Task AlwaysReady_IsThereOnlyWhenItIsAskedFor(string instances, int groups)
    {
        Made app = await AppOf("dev", ("alwaysReadyHttp", instances));

        IReadOnlyList<object> ready = app.List("functionAppConfig", "scaleAndConcurrency", "alwaysReady");

        Assert.Equal(groups, ready.Count);
        Assert.All(ready.Cast<ImmutableDictionary<string, object>>(), r => Assert.Equal(("http", 2.0), (r["name"], r["instanceCount"])));
    }

    [Fact]
    public async Task PlainSettings_AndTheSetupTokensHash_AreSettingsOfTheApp()
    {
        string hash = new('a', 64);
        Made app = await AppOf("dev", ("setupTokenHash", hash), ("plainSettings", """{ "MlOps__DefaultModel": "churn" }"""));

        Assert.Equal((hash, "churn"), (SettingsOf(app)["MlOps__SetupTokenHash"], SettingsOf(app)["MlOps__DefaultModel"]));
    }

    [Fact]
    public async Task SecretSettings_NameTheVaultInsteadOfTheSecret()
    {
        Made app = await AppOf("dev", ("secretSettings", """{ "MLOPS_SECRET_CHAT": "chat-webhook" }"""));

        Assert.Equal("@Microsoft.KeyVault(VaultName=vault;SecretName=chat-webhook)", SettingsOf(app)["MLOPS_SECRET_CHAT"]);
    }

    [Fact]
    public async Task Scheduler_OffByDefault_MakesNothingAndSetsNothing()
    {
        IReadOnlyList<Made> all = await StackRun.Of("prod");

        Assert.DoesNotContain(all, m => m.Type.StartsWith("azure-native:durabletask:", StringComparison.Ordinal));
        Assert.DoesNotContain(SettingsOf(all.Single(m => m.Type == WebApp)).Keys, k => k.Contains("durableTask", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Scheduler_SwitchedOn_KeepsTheWorkflowsByIdentity()
    {
        IReadOnlyList<Made> all = await StackRun.Of("prod", ("durableTaskScheduler", "true"));
        Dictionary<string, string> settings = SettingsOf(all.Single(m => m.Type == WebApp));

        Assert.Contains(all, m => m.Type == "azure-native:durabletask:TaskHub");
        Assert.DoesNotContain(settings.Keys, k => k.StartsWith("AzureFunctionsJobHost", StringComparison.Ordinal));
        Assert.Equal("Endpoint=https://scheduler.durabletask.io;Authentication=ManagedIdentity;ClientID=app-client;TaskHub=mlops", settings["DURABLE_TASK_SCHEDULER_CONNECTION_STRING"]);
    }

    private static async Task<Made> AppOf(string stack, params (string, string)[] changes) =>
        Assert.Single(await StackRun.Of(stack, changes), m => m.Type == WebApp);

    private static Dictionary<string, string> SettingsOf(Made app) =>
        app.List("siteConfig", "appSettings").Cast<ImmutableDictionary<string, object>>().ToDictionary(s => (string)s["name"], s => (string)s["value"]);
}
