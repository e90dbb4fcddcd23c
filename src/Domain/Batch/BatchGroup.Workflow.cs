using MlOps.Domain.Workflows;

namespace MlOps.Domain.Batch;

/// <summary>Scores the partitions of one group side by side.</summary>
public sealed class BatchGroupWorkflow : Workflow<BatchGroup, PartsDone>
{
    public const string WorkflowName = "batch-group";

    public override string Name => WorkflowName;

    public override Task<PartsDone> RunAsync(IWorkflowContext context, BatchGroup input) => ScoreAsync(context, input);

    internal static async Task<PartsDone> ScoreAsync(IWorkflowContext context, BatchGroup group)
    {
        PartInput[] parts = [.. Enumerable.Range(group.FirstPart, group.Parts).Select(part => new PartInput(group.Id, part))];
        RetryPolicy retry = BatchSteps.Retry(group.Retries);
        IReadOnlyList<PartsDone> done = await context.FanOutAsync(parts, group.Parallel, part => context.CallActivityAsync<PartsDone>(BatchSteps.Score, part, retry));
        return done.Aggregate(PartsDone.None, (sum, part) => sum.Plus(part));
    }
}
