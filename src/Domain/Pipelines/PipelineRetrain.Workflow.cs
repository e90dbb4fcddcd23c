using MlOps.Domain.Monitoring;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines;

/// <summary>What monitoring starts when a policy wants a retrain: it starts the pipeline, once for each report.</summary>
public sealed class PipelineRetrainWorkflow : Workflow<RetrainRequest, string>
{
    public const string WorkflowName = "pipeline-retrain";

    public override string Name => WorkflowName;

    public override Task<string> RunAsync(IWorkflowContext context, RetrainRequest input) =>
        context.CallActivityAsync<string>(PipelineActivities.Start, input, RetryPolicy.Default);
}
