namespace MlOps.Infra.Tests;

public class RoleTests
{
    private const string Account = "/azure/azure-native:storage:StorageAccount/mlops";

    private static readonly (string Principal, string Role, string Scope)[] Expected =
    [
        ("app-principal", BuiltInRole.StorageBlobDataOwner, Account),
        ("app-principal", BuiltInRole.StorageQueueDataContributor, Account),
        ("app-principal", BuiltInRole.StorageTableDataContributor, Account),
        ("app-principal", BuiltInRole.MonitoringMetricsPublisher, "/azure/azure-native:applicationinsights:Component/insights"),
        ("app-principal", BuiltInRole.KeyVaultSecretsUser, "/azure/azure-native:keyvault:Vault/vault"),
        // The package is out of the app's own reach.
        ("package-principal", BuiltInRole.StorageBlobDataContributor, "/azure/azure-native:storage:BlobContainer/deploy"),
        ("uploads-principal", BuiltInRole.StorageQueueDataMessageSender, "/azure/azure-native:storage:Queue/dataset-inbox"),
        ("uploads-principal", BuiltInRole.StorageBlobDataContributor, "/azure/azure-native:storage:BlobContainer/dead-letters"),
    ];

    [Fact]
    public async Task Roles_AreExactlyTheExpectedOnes() =>
        Assert.Equal(Expected.Order(), (await RolesOf("prod")).Order());

    [Fact]
    public async Task Roles_WithTheScheduler_HaveOneMore()
    {
        List<(string, string, string)> more = [.. (await RolesOf("prod", ("durableTaskScheduler", "true"))).Except(Expected)];

        Assert.Equal([("app-principal", BuiltInRole.DurableTaskDataContributor, "/azure/azure-native:durabletask:Scheduler/workflows")], more);
    }

    private static async Task<IEnumerable<(string, string, string)>> RolesOf(string stack, params (string, string)[] changes) =>
        (await StackRun.Of(stack, changes)).Where(m => m.Type == "azure-native:authorization:RoleAssignment")
            .Select(r => (r.Text("principalId")!, RoleOf(r.Text("roleDefinitionId")!), r.Text("scope")!));

    private static string RoleOf(string definition)
    {
        Assert.StartsWith("/subscriptions/subscription/providers/Microsoft.Authorization/roleDefinitions/", definition);
        return definition[(definition.LastIndexOf('/') + 1)..];
    }
}
