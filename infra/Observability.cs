using Pulumi.AzureNative.ApplicationInsights;
using Pulumi.AzureNative.Monitor;
using Pulumi.AzureNative.Monitor.Inputs;
using Pulumi.AzureNative.OperationalInsights;
using Pulumi.AzureNative.OperationalInsights.Inputs;

namespace MlOps.Infra;

/// <summary>One workspace for the app's telemetry and for what the queues saw.</summary>
internal sealed class Observability
{
    public Observability(ResourceGroup group, DataStorage storage, StackSettings settings)
    {
        Workspace = new Workspace("logs", new WorkspaceArgs
        {
            ResourceGroupName = group.Name,
            Sku = new WorkspaceSkuArgs { Name = "PerGB2018" },
            RetentionInDays = settings.LogRetentionDays,
            WorkspaceCapping = new WorkspaceCappingArgs { DailyQuotaGb = settings.DailyLogQuotaGb },
        });
        Component = new Component("insights", new ComponentArgs
        {
            ResourceGroupName = group.Name,
            ApplicationType = "web",
            Kind = "web",
            IngestionMode = "LogAnalytics",
            WorkspaceResourceId = Workspace.Id,
            DisableLocalAuth = true,
        });
        // Writes and deletes only: reads are polling, which would be most of the bill and says nothing.
        _ = new DiagnosticSetting("queue-log", new DiagnosticSettingArgs
        {
            Name = "queue-log",
            ResourceUri = Pulumi.Output.Format($"{storage.Account.Id}/queueServices/default"),
            WorkspaceId = Workspace.Id,
            Logs =
            {
                new DiagnosticsLogSettingsArgs { Category = "StorageWrite", Enabled = true },
                new DiagnosticsLogSettingsArgs { Category = "StorageDelete", Enabled = true },
            },
        });
    }

    public Workspace Workspace { get; }

    public Component Component { get; }
}
