using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace MlOps.Functions;

/// <summary>The steps of the drift and performance checks, and of what follows an alarm. One function for each activity, under its name.</summary>
public sealed class MonitoringFunctions(CloudHost host)
{
    [Function("drift-measure")]
    public Task<string> DriftMeasure([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("performance-measure")]
    public Task<string> PerformanceMeasure([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("alert-raise")]
    public Task<string> AlertRaise([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("alert-send")]
    public Task<string> AlertSend([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("retrain-claim")]
    public Task<string> RetrainClaim([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("retrain-data")]
    public Task<string> RetrainData([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("retrain-start")]
    public Task<string> RetrainStart([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);
}
