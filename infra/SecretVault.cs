using Pulumi;
using Pulumi.AzureNative.Authorization;
using Pulumi.AzureNative.KeyVault;
using Pulumi.AzureNative.KeyVault.Inputs;

namespace MlOps.Infra;

/// <summary>
/// Holds what must not stand in a setting, such as webhook secrets. The stack never sees a secret: people put it into the vault, and a
/// setting names it.
/// </summary>
internal sealed class SecretVault(ResourceGroup group, StackSettings settings)
{
    public Vault Vault { get; } = new Vault("vault", new VaultArgs
    {
        ResourceGroupName = group.Name,
        Properties = new VaultPropertiesArgs
        {
            TenantId = GetClientConfig.Invoke().Apply(c => c.TenantId),
            Sku = new SkuArgs { Family = "A", Name = SkuName.Standard },
            EnableRbacAuthorization = true,
            EnableSoftDelete = true,
            SoftDeleteRetentionInDays = Math.Clamp(settings.VersionRetentionDays, 7, 90),
            // Azure takes true or nothing: it can never be switched off again.
            EnablePurgeProtection = settings.Protect ? (Input<bool>)true : null!,
        },
    }, new CustomResourceOptions { Protect = settings.Protect });

    /// <summary>The value of an app setting that the host replaces by the secret.</summary>
    public Output<string> Reference(string secret) => Output.Format($"@Microsoft.KeyVault(VaultName={Vault.Name};SecretName={secret})");
}
