using Pulumi.AzureNative.Authorization;
using Pulumi.AzureNative.ManagedIdentity;

namespace MlOps.Infra;

/// <summary>
/// Who the app is, and all it may do: its own data, its own telemetry, its own secrets. The host and its workflows need blobs, queues
/// and tables alike; owner of blob data is what the Functions host asks for its leases.
/// </summary>
internal sealed class AppIdentity
{
    public AppIdentity(ResourceGroup group, DataStorage storage, Observability observed, SecretVault vault)
    {
        Identity = new UserAssignedIdentity("app", new UserAssignedIdentityArgs { ResourceGroupName = group.Name });
        Roles =
        [
            Grant.To(Identity.PrincipalId, "app-blobs", BuiltInRole.StorageBlobDataOwner, storage.Account.Id),
            Grant.To(Identity.PrincipalId, "app-queues", BuiltInRole.StorageQueueDataContributor, storage.Account.Id),
            Grant.To(Identity.PrincipalId, "app-tables", BuiltInRole.StorageTableDataContributor, storage.Account.Id),
            Grant.To(Identity.PrincipalId, "app-telemetry", BuiltInRole.MonitoringMetricsPublisher, observed.Component.Id),
            Grant.To(Identity.PrincipalId, "app-secrets", BuiltInRole.KeyVaultSecretsUser, vault.Vault.Id),
        ];
    }

    public UserAssignedIdentity Identity { get; }

    /// <summary>They must exist before the app starts.</summary>
    public IReadOnlyList<RoleAssignment> Roles { get; }
}
