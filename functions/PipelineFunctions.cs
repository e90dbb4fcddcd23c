using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace MlOps.Functions;

/// <summary>The steps of the pipeline workflow. One function for each activity, under its name.</summary>
public sealed class PipelineFunctions(CloudHost host)
{
    [Function("pipeline-prepare")]
    public Task<string> Prepare([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("pipeline-check-schema")]
    public Task<string> CheckSchema([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("pipeline-train")]
    public Task<string> Train([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("pipeline-evaluate")]
    public Task<string> Evaluate([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("pipeline-check-gates")]
    public Task<string> CheckGates([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("pipeline-find-champion")]
    public Task<string> FindChampion([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("pipeline-register")]
    public Task<string> Register([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("pipeline-set-monitor")]
    public Task<string> SetMonitor([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("pipeline-start")]
    public Task<string> Start([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);
}
