using Pulumi;
using Pulumi.AzureNative.Web;
using Pulumi.AzureNative.Web.Inputs;

namespace MlOps.Infra;

/// <summary>The function app on its Flex Consumption plan.</summary>
internal sealed class FunctionHost
{
    public FunctionHost(ResourceGroup group, StackSettings settings, HostParts parts)
    {
        var plan = new AppServicePlan("plan", new AppServicePlanArgs
        {
            ResourceGroupName = group.Name,
            Kind = "functionapp",
            Reserved = true,
            Sku = new SkuDescriptionArgs { Name = "FC1", Tier = "FlexConsumption" },
            ZoneRedundant = settings.ZoneRedundantPlan,
        });
        App = new WebApp("mlops", new WebAppArgs
        {
            ResourceGroupName = group.Name,
            Kind = "functionapp,linux",
            ServerFarmId = plan.Id,
            HttpsOnly = true,
            Identity = new ManagedServiceIdentityArgs
            {
                Type = ManagedServiceIdentityType.UserAssigned,
                UserAssignedIdentities = { parts.Identity.Identity.Id, parts.Package.Identity.Id },
            },
            KeyVaultReferenceIdentity = parts.Identity.Identity.Id,
            FunctionAppConfig = Functions(parts, settings),
            SiteConfig = new SiteConfigArgs
            {
                MinTlsVersion = "1.2",
                ScmMinTlsVersion = "1.2",
                Http20Enabled = true,
                FtpsState = "Disabled",
                AppSettings = AppSettings.For(parts, settings),
            },
        }, new CustomResourceOptions { DependsOn = parts.Needed });
        NoPasswords(group);
    }

    public WebApp App { get; }

    /// <summary>Whoever deploys comes with an identity: the passwords of the deployment site, which every Contributor may read, open nothing.</summary>
    private void NoPasswords(ResourceGroup group)
    {
        _ = new WebAppScmAllowed("no-scm-password", new WebAppScmAllowedArgs { ResourceGroupName = group.Name, Name = App.Name, Allow = false });
        _ = new WebAppFtpAllowed("no-ftp-password", new WebAppFtpAllowedArgs { ResourceGroupName = group.Name, Name = App.Name, Allow = false });
    }

    private static FunctionAppConfigArgs Functions(HostParts parts, StackSettings settings) => new()
    {
        Deployment = new FunctionsDeploymentArgs { Storage = PackageStore(parts) },
        Runtime = new FunctionsRuntimeArgs { Name = "dotnet-isolated", Version = "10.0" },
        ScaleAndConcurrency = Scale(settings),
    };

    private static FunctionsDeploymentStorageArgs PackageStore(HostParts parts) => new()
    {
        Type = "blobContainer",
        Value = parts.Package.Url,
        Authentication = new FunctionsDeploymentStorageAuthenticationArgs
        {
            Type = "UserAssignedIdentity",
            UserAssignedIdentityResourceId = parts.Package.Identity.Id,
        },
    };

    private static FunctionsScaleAndConcurrencyArgs Scale(StackSettings settings)
    {
        var scale = new FunctionsScaleAndConcurrencyArgs
        {
            InstanceMemoryMB = settings.InstanceMemoryMb,
            MaximumInstanceCount = settings.MaximumInstances,
            Triggers = new FunctionsScaleAndConcurrencyTriggersArgs
            {
                Http = new FunctionsScaleAndConcurrencyTriggersHttpArgs { PerInstanceConcurrency = settings.HttpConcurrency },
            },
        };
        if (settings.AlwaysReadyHttp > 0)
            scale.AlwaysReady.Add(new FunctionsAlwaysReadyConfigArgs { Name = "http", InstanceCount = settings.AlwaysReadyHttp });
        return scale;
    }
}
