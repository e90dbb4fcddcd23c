using Pulumi;
using Pulumi.AzureNative.Authorization;
using Pulumi.AzureNative.ManagedIdentity;
using Pulumi.AzureNative.Storage;

namespace MlOps.Infra;

/// <summary>
/// Where the app's package lies: an account and an identity of its own, so that what the app does with its data cannot reach the code
/// it runs from. The platform writes a deployed package, and reads it, as that identity.
/// </summary>
internal sealed class PackageStorage
{
    public PackageStorage(ResourceGroup group, StackSettings settings)
    {
        Account = new StorageAccount("mlopscode", KeylessAccount.For(group, settings), new CustomResourceOptions { Protect = settings.Protect });
        Container = new BlobContainer(StorageNames.Deploy, new BlobContainerArgs
        {
            ResourceGroupName = group.Name,
            AccountName = Account.Name,
            ContainerName = StorageNames.Deploy,
            PublicAccess = PublicAccess.None,
        });
        Identity = new UserAssignedIdentity("package", new UserAssignedIdentityArgs { ResourceGroupName = group.Name });
        Role = Grant.To(Identity.PrincipalId, "package-blobs", BuiltInRole.StorageBlobDataContributor, Container.Id);
    }

    public StorageAccount Account { get; }

    public BlobContainer Container { get; }

    public UserAssignedIdentity Identity { get; }

    public RoleAssignment Role { get; }

    public Output<string> Url => Output.Format($"{Account.PrimaryEndpoints.Apply(e => e.Blob)}{StorageNames.Deploy}");
}
