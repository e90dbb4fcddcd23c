using Pulumi;
using Pulumi.AzureNative.Storage;
using Pulumi.AzureNative.Storage.Inputs;

namespace MlOps.Infra;

/// <summary>One account for rows, blobs and queues. It knows no keys: whoever comes, comes with an identity.</summary>
internal sealed class DataStorage
{
    private readonly ResourceGroup _group;

    public DataStorage(ResourceGroup group, StackSettings settings)
    {
        _group = group;
        Account = new StorageAccount("mlops", KeylessAccount.For(group, settings), new CustomResourceOptions { Protect = settings.Protect });
        Recovery(settings);
        Containers = StorageNames.Containers.ToDictionary(name => name, Container);
        Queues = StorageNames.Queues.ToDictionary(name => name, Queue);
        _ = new ManagementPolicy("lifecycle", new ManagementPolicyArgs
        {
            ResourceGroupName = group.Name,
            AccountName = Account.Name,
            ManagementPolicyName = "default",
            Policy = Lifecycle.For(settings),
        });
    }

    public StorageAccount Account { get; }

    public IReadOnlyDictionary<string, BlobContainer> Containers { get; }

    public IReadOnlyDictionary<string, Queue> Queues { get; }

    /// <summary>Ends with a slash.</summary>
    public Output<string> BlobEndpoint => Account.PrimaryEndpoints.Apply(e => e.Blob);

    /// <summary>What was overwritten or deleted can be brought back for some days.</summary>
    private void Recovery(StackSettings settings)
    {
        var days = new DeleteRetentionPolicyArgs { Enabled = true, Days = settings.VersionRetentionDays };
        _ = new BlobServiceProperties("recovery", new BlobServicePropertiesArgs
        {
            ResourceGroupName = _group.Name,
            AccountName = Account.Name,
            BlobServicesName = "default",
            IsVersioningEnabled = true,
            DeleteRetentionPolicy = days,
            ContainerDeleteRetentionPolicy = days,
        });
    }

    private BlobContainer Container(string name) => new(name, new BlobContainerArgs
    {
        ResourceGroupName = _group.Name,
        AccountName = Account.Name,
        ContainerName = name,
        PublicAccess = PublicAccess.None,
    });

    private Queue Queue(string name) => new(name, new QueueArgs
    {
        ResourceGroupName = _group.Name,
        AccountName = Account.Name,
        QueueName = name,
    });
}
