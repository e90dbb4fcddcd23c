using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Workflows;
using MlOps.Embedded;

namespace MlOps.Architecture;

/// <summary>The cloud host carries the whole domain and next to nothing else.</summary>
public sealed class FunctionSourceTests
{
    private const int MaxBodyLines = 8;
    private const int MaxCloudLines = 2500;

    private static readonly IReadOnlyList<FunctionMethod> Functions = FunctionSource.Read();

    [Fact]
    public async Task Workflows_OfTheDomain_HaveTheirFunction()
    {
        WorkflowCatalog catalog = await CatalogAsync();

        Assert.Equal(Order(catalog.Workflows.Select(w => w.Name).Distinct()), Order(NamesOf("OrchestrationTrigger")));
    }

    [Fact]
    public async Task Activities_OfTheDomain_HaveTheirFunction()
    {
        WorkflowCatalog catalog = await CatalogAsync();

        Assert.Equal(Order(catalog.Activities.Select(a => a.Name)), Order(NamesOf("ActivityTrigger")));
    }

    [Fact]
    public void Names_OfFunctions_AreUnique() =>
        Assert.Empty(Functions.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key));

    [Fact]
    public void Bodies_OfFunctions_AreShort() =>
        Assert.Empty(Functions.Where(f => f.Lines > MaxBodyLines).Select(f => $"{f.File} {f.Name}: {f.Lines} lines, at most {MaxBodyLines}"));

    [Fact]
    public void Code_ThatRunsOnlyInTheCloud_IsLittle()
    {
        int lines = Repository.Sources("functions").Concat(Repository.Sources("src/Azure")).Sum(f => File.ReadLines(f).Count());

        Assert.InRange(lines, 500, MaxCloudLines - 1);
    }

    [Fact]
    public void Queue_OfUploads_IsTheOneThatInfraMakes()
    {
        string queue = Assert.Single(Functions, f => f.Trigger == "QueueTrigger").TriggerText!;

        Assert.Contains($"InboxQueue = \"{queue}\";", File.ReadAllText(Repository.PathOf("infra/StorageNames.cs")), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_ThatInfraMakes_AreRead()
    {
        string[] made = [.. Regex.Matches(File.ReadAllText(Repository.PathOf("infra/AppSettings.cs")), "\"MlOps__(\\w+)\"").Select(m => m.Groups[1].Value)];
        string read = File.ReadAllText(Repository.PathOf("functions/CloudSettings.cs"));

        Assert.NotEmpty(made);
        Assert.All(made, name => Assert.Contains($"\"{name}\"", read, StringComparison.Ordinal));
    }

    [Fact]
    public async Task HostJson_LeavesRoutesToUsAndNewerInstancesToNewerPackages()
    {
        using var host = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("host.json")));
        JsonElement extensions = host.RootElement.GetProperty("extensions");

        // With a prefix no path of src/Api would match. A strict match would leave behind what began under an older class; none would let an
        // older package that is put back fail what a newer one began, as would a version that is not raised with every new class.
        Assert.Equal("", extensions.GetProperty("http").GetProperty("routePrefix").GetString());
        JsonElement durable = extensions.GetProperty("durableTask");
        Assert.Equal(("CurrentOrOlder", "Reject"), (durable.GetProperty("versionMatchStrategy").GetString(), durable.GetProperty("versionFailureStrategy").GetString()));
        Assert.Equal((await CatalogAsync()).Level, durable.GetProperty("defaultVersion").GetString());
        Assert.Equal("OpenTelemetry", host.RootElement.GetProperty("telemetryMode").GetString());
    }

    [Fact]
    public void HostJson_OfTheScheduler_DiffersInTheKeeperAlone()
    {
        JsonNode host = Json("host.json"), scheduled = Json("host.scheduler.json");
        JsonNode keeper = scheduled["extensions"]!["durableTask"]!["storageProvider"]!;
        string hub = (string)scheduled["extensions"]!["durableTask"]!["hubName"]!;
        foreach (string differs in new[] { "storageProvider", "hubName" })
            scheduled["extensions"]!["durableTask"]![differs] = host["extensions"]!["durableTask"]![differs]!.DeepClone();

        Assert.True(JsonNode.DeepEquals(host, scheduled), "host.scheduler.json differs from host.json in more than storageProvider and hubName");
        Assert.Equal("azureManaged", (string)keeper["type"]!);
        Assert.Contains($"\"{keeper["connectionStringName"]}\"", File.ReadAllText(Repository.PathOf("infra/AppSettings.cs")), StringComparison.Ordinal);
        Assert.Contains($"TaskHubName = \"{hub}\"", File.ReadAllText(Repository.PathOf("infra/DurableScheduler.cs")), StringComparison.Ordinal);
        Assert.Contains("Extensions.DurableTask.AzureManaged\"", File.ReadAllText(Repository.PathOf("functions/Functions.csproj")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Task M([TimerTrigger(\"t\")] int x) => A();", 1)]
    [InlineData("Task M([TimerTrigger(\"t\")] int x) =>\n A(\n 1);", 2)]
    [InlineData("async Task M([TimerTrigger(\"t\")] int x)\n{\n a();\n b();\n\n c();\n}", 4)]
    public void Lines_OfABody_LeaveOutItsBraces(string method, int expected) =>
        Assert.Equal(("n", "TimerTrigger", expected), FunctionSource.Read("f.cs", $"class C {{ [Function(\"n\")] {method} }}").Select(f => (f.Name, f.Trigger, f.Lines)).Single());

    private static JsonNode Json(string file) => JsonNode.Parse(File.ReadAllText(Repository.PathOf(file)))!;

    private static string[] NamesOf(string trigger) => [.. Functions.Where(f => f.Trigger == trigger).Select(f => f.Name)];

    private static IEnumerable<string> Order(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);

    private static async Task<WorkflowCatalog> CatalogAsync()
    {
        string folder = Directory.CreateTempSubdirectory("mlops-functions-").FullName;
        try
        {
            await using EmbeddedPlatform embedded = await EmbeddedPlatform.OpenAsync(
                Path.Combine(folder, "meta.db"), Path.Combine(folder, "blobs"), TimeProvider.System, NullLoggerFactory.Instance, null, default);
            var catalog = new WorkflowCatalog();
            embedded.Platform.AddTo(catalog);
            return catalog;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
