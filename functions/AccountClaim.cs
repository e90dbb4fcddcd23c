using Microsoft.Extensions.Hosting;
using MlOps.Azure.Hosting;

namespace MlOps.Functions;

/// <summary>Before anything runs: the workflows of the storage account must be Durable's, not those of a one-process host.</summary>
internal sealed class AccountClaim(CloudHost host) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        WorkflowEngine.ClaimAsync(host.Platform.Ports.Tables, WorkflowEngine.Durable, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
