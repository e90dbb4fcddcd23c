using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using MlOps.Azure.Uploads;

namespace MlOps.Functions;

/// <summary>
/// A blob uploaded below <c>datasets/[data set]/inbox/</c> comes as a message of Event Grid. A message that cannot be worked on is tried
/// five times and then lies in <c>dataset-inbox-poison</c>, which has an alert.
/// </summary>
public sealed class UploadFunctions(CloudHost host)
{
    [Function("upload")]
    public async Task Take(
        [QueueTrigger("dataset-inbox", Connection = CloudHost.Connection)] string message, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (UploadEvent.BlobOf(message) is { } path)
            await host.With(client).Uploads.TakeAsync(path, cancellationToken);
    }
}
