using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace MlOps.Functions;

/// <summary>Batch predictions: the workflow, its groups of partitions, and their steps. One function for each, under its name.</summary>
public sealed class BatchFunctions(CloudHost host)
{
    [Function("batch-prediction")]
    public Task<string?> BatchPrediction([OrchestrationTrigger] TaskOrchestrationContext context) => host.RunWorkflowAsync(context);

    [Function("batch-group")]
    public Task<string?> BatchGroup([OrchestrationTrigger] TaskOrchestrationContext context) => host.RunWorkflowAsync(context);

    [Function("batch-plan")]
    public Task<string> Plan([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("batch-score")]
    public Task<string> Score([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("batch-finish")]
    public Task<string> Finish([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);

    [Function("batch-save")]
    public Task<string> Save([ActivityTrigger] string message, [DurableClient] DurableTaskClient client, FunctionContext context) => host.RunActivityAsync(message, client, context);
}
