using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace MlOps.Functions;

/// <summary>One orchestrator for each workflow of the domain, under its name.</summary>
public sealed class WorkflowFunctions(CloudHost host)
{
    [Function("pipeline")]
    public Task<string?> Pipeline([OrchestrationTrigger] TaskOrchestrationContext context) => host.RunWorkflowAsync(context);

    [Function("pipeline-retrain")]
    public Task<string?> PipelineRetrain([OrchestrationTrigger] TaskOrchestrationContext context) => host.RunWorkflowAsync(context);

    [Function("rollout")]
    public Task<string?> Rollout([OrchestrationTrigger] TaskOrchestrationContext context) => host.RunWorkflowAsync(context);

    [Function("drift-check")]
    public Task<string?> DriftCheck([OrchestrationTrigger] TaskOrchestrationContext context) => host.RunWorkflowAsync(context);

    [Function("performance-check")]
    public Task<string?> PerformanceCheck([OrchestrationTrigger] TaskOrchestrationContext context) => host.RunWorkflowAsync(context);
}
