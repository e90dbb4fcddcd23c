using Microsoft.Extensions.Hosting;
using MlOps.Domain;

namespace MlOps.Functions;

/// <summary>As the app starts: the workflows of the storage account must be Durable's, not those of a one-process host.</summary>
internal sealed class AccountClaim(CloudHost host) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        WorkflowEngine.ClaimAsync(host.Platform.Ports.Tables, WorkflowEngine.Durable, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
