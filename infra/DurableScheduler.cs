using Pulumi;
using Pulumi.AzureNative.Authorization;
using Pulumi.AzureNative.DurableTask;
using Pulumi.AzureNative.DurableTask.Inputs;

namespace MlOps.Infra;

/// <summary>The managed keeper of workflow state, in place of the storage account (docs/decisions/0005). Only with its switch on.</summary>
internal sealed class DurableScheduler
{
    public DurableScheduler(ResourceGroup group, AppIdentity app)
    {
        Scheduler = new Scheduler("workflows", new SchedulerArgs
        {
            ResourceGroupName = group.Name,
            // An empty list would refuse everyone; who may come in is decided by the role.
            Properties = new SchedulerPropertiesArgs { IpAllowlist = { "0.0.0.0/0" }, Sku = new SchedulerSkuArgs { Name = "Consumption" } },
        });
        Hub = new TaskHub("mlops", new TaskHubArgs { ResourceGroupName = group.Name, SchedulerName = Scheduler.Name, TaskHubName = "mlops" });
        Role = Grant.To(app.Identity.PrincipalId, "app-workflows", BuiltInRole.DurableTaskDataContributor, Scheduler.Id);
        ConnectionString = Output.Format(
            $"Endpoint={Scheduler.Properties.Apply(p => p.Endpoint)};Authentication=ManagedIdentity;ClientID={app.Identity.ClientId};TaskHub={Hub.Name}");
    }

    public Scheduler Scheduler { get; }

    public TaskHub Hub { get; }

    public RoleAssignment Role { get; }

    /// <summary>Names an identity; holds no secret.</summary>
    public Output<string> ConnectionString { get; }
}
