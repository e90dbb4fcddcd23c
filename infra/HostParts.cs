using Pulumi;

namespace MlOps.Infra;

/// <summary>What the function app is made with.</summary>
internal sealed record HostParts(DataStorage Storage, PackageStorage Package, Observability Observed, SecretVault Vault, AppIdentity Identity, DurableScheduler? Scheduler)
{
    /// <summary>All that must exist before the app starts for the first time.</summary>
    public InputList<Resource> Needed
    {
        get
        {
            InputList<Resource> all = [.. Storage.Containers.Values, .. Storage.Queues.Values, .. Identity.Roles, Package.Container, Package.Role];
            if (Scheduler is not null)
                all.Add(Scheduler.Hub, Scheduler.Role);
            return all;
        }
    }
}
