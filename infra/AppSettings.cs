using System.Globalization;
using Pulumi;
using Pulumi.AzureNative.Web.Inputs;

namespace MlOps.Infra;

/// <summary>The app's settings. None is a secret: connections name an identity, secrets are references to the vault.</summary>
internal static class AppSettings
{
    /// <summary>Named by host.scheduler.json, which an app with a scheduler is published with.</summary>
    private const string SchedulerConnection = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING";

    public static InputList<NameValuePairArgs> For(HostParts parts, StackSettings settings)
    {
        Output<string> client = parts.Identity.Identity.ClientId;
        InputList<NameValuePairArgs> all =
        [
            Setting("AzureWebJobsStorage__accountName", parts.Storage.Account.Name),
            Setting("AzureWebJobsStorage__credential", "managedidentity"),
            Setting("AzureWebJobsStorage__clientId", client),
            Setting("AZURE_CLIENT_ID", client),
            Setting("APPLICATIONINSIGHTS_CONNECTION_STRING", parts.Observed.Component.ConnectionString),
            Setting("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", Output.Format($"ClientId={client};Authorization=AAD")),
            // Otherwise the Functions host answers / with a page of its own.
            Setting("AzureWebJobsDisableHomepage", "true"),
            // Read by the exporters of both processes, the Functions host's and ours.
            Setting("OTEL_TRACES_SAMPLER", "microsoft.rate_limited"),
            Setting("OTEL_TRACES_SAMPLER_ARG", settings.TracesPerSecond.ToString(CultureInfo.InvariantCulture)),
            Setting("MlOps__InstanceMemoryMb", settings.InstanceMemoryMb.ToString(CultureInfo.InvariantCulture)),
        ];
        if (settings.SetupTokenHash is not null)
            all.Add(Setting("MlOps__SetupTokenHash", settings.SetupTokenHash));
        foreach ((string name, string value) in settings.PlainSettings)
            all.Add(Setting(name, value));
        foreach ((string name, string secret) in settings.SecretSettings)
            all.Add(Setting(name, parts.Vault.Reference(secret)));
        if (parts.Scheduler is not null)
            all.Add(Setting(SchedulerConnection, parts.Scheduler.ConnectionString));
        return all;
    }

    private static NameValuePairArgs Setting(string name, Input<string> value) => new() { Name = name, Value = value };
}
