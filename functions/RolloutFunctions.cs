using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace MlOps.Functions;

/// <summary>The steps of the rollout workflow. One function for each activity, under its name.</summary>
public sealed class RolloutFunctions(CloudHost host)
{
    [Function("rollout-begin")]
    public Task<string> Begin([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("rollout-share")]
    public Task<string> Share([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("rollout-check")]
    public Task<string> Check([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("rollout-note")]
    public Task<string> Note([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("rollout-end")]
    public Task<string> End([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);
}
