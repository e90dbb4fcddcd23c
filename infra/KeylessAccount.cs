using Pulumi.AzureNative.Storage;
using Pulumi.AzureNative.Storage.Inputs;

namespace MlOps.Infra;

/// <summary>How every storage account of the stack is: no keys, nothing public, https only.</summary>
internal static class KeylessAccount
{
    public static StorageAccountArgs For(ResourceGroup group, StackSettings settings) => new()
    {
        ResourceGroupName = group.Name,
        Kind = "StorageV2",
        Sku = new SkuArgs { Name = settings.ZoneRedundantStorage ? "Standard_ZRS" : "Standard_LRS" },
        AccessTier = AccessTier.Hot,
        AllowBlobPublicAccess = false,
        AllowCrossTenantReplication = false,
        AllowSharedKeyAccess = false,
        DefaultToOAuthAuthentication = true,
        EnableHttpsTrafficOnly = true,
        MinimumTlsVersion = "TLS1_2",
    };
}
