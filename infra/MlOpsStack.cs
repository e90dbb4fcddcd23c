using Pulumi;
using Pulumi.AzureNative.Authorization;
using ResourceGroupArgs = Pulumi.AzureNative.Resources.ResourceGroupArgs;

namespace MlOps.Infra;

/// <summary>The whole system, in the order in which it comes to be.</summary>
internal sealed class MlOpsStack : Stack
{
    public MlOpsStack()
        : base(new StackOptions { ResourceTransformations = { TagPolicy.For(Deployment.Instance.StackName) } })
    {
        StackSettings settings = SettingsReader.Read();
        ResourceGroup group = GroupOf(settings);
        var storage = new DataStorage(group, settings);
        var package = new PackageStorage(group, settings);
        var observed = new Observability(group, storage, settings);
        var vault = new SecretVault(group, settings);
        var identity = new AppIdentity(group, storage, observed, vault);
        DurableScheduler? scheduler = settings.DurableTaskScheduler ? new DurableScheduler(group, identity) : null;
        var host = new FunctionHost(group, settings, new HostParts(storage, package, observed, vault, identity, scheduler));
        var ingestion = new Ingestion(group, storage);
        var alerts = new Alerts(group, observed, ingestion, settings);
        _ = new PlatformWorkbook(group, observed, settings);
        _ = new SpendingBudget(group, alerts, settings);

        ResourceGroupName = group.Name;
        FunctionAppName = host.App.Name;
        ApiUrl = Output.Format($"https://{host.App.DefaultHostName}");
        StorageAccountName = storage.Account.Name;
        InboxUrl = Output.Format($"{storage.BlobEndpoint}{StorageNames.Datasets}/DATASET/inbox/");
        KeyVaultName = vault.Vault.Name;
        AppClientId = identity.Identity.ClientId;
    }

    /// <summary>One that exists is read, neither changed nor destroyed: its deployer needs no role beyond it.</summary>
    private static ResourceGroup GroupOf(StackSettings settings) => settings.ResourceGroup is { } name
        ? ResourceGroup.Get("group", Output.Format($"/subscriptions/{GetClientConfig.Invoke().Apply(c => c.SubscriptionId)}/resourceGroups/{name}"))
        : new ResourceGroup("group", new ResourceGroupArgs { ResourceGroupName = $"mlops-{settings.Environment}" });

    [Output("resourceGroupName")]
    public Output<string> ResourceGroupName { get; private set; }

    [Output("functionAppName")]
    public Output<string> FunctionAppName { get; private set; }

    [Output("apiUrl")]
    public Output<string> ApiUrl { get; private set; }

    [Output("storageAccountName")]
    public Output<string> StorageAccountName { get; private set; }

    /// <summary>Put a file there (DATASET is the data set's name), and it becomes a version.</summary>
    [Output("inboxUrl")]
    public Output<string> InboxUrl { get; private set; }

    [Output("keyVaultName")]
    public Output<string> KeyVaultName { get; private set; }

    [Output("appClientId")]
    public Output<string> AppClientId { get; private set; }
}
