using MlOps.Domain.Workflows;

namespace MlOps.Domain.Batch;

/// <summary>
/// Scores a data set version: plan, score the partitions side by side, write the manifest, save as a data set where that is asked for.
/// More partitions than a group holds are scored in sub-workflows. The instance id is the batch's id.
/// </summary>
public sealed class BatchPredictionWorkflow : Workflow<BatchInput, BatchResult>
{
    public const string WorkflowName = "batch-prediction";

    /// <summary>Partitions of one sub-workflow at once; more are asked of several.</summary>
    private const int GroupParallel = 8;

    public override string Name => WorkflowName;

    public override async Task<BatchResult> RunAsync(IWorkflowContext context, BatchInput input)
    {
        RetryPolicy retry = BatchSteps.Retry(input.Retries);
        BatchSize size = await context.CallActivityAsync<BatchSize>(BatchSteps.Plan, input.Id, retry);
        await ScoreAsync(context, input, size);
        BatchResult result = await context.CallActivityAsync<BatchResult>(BatchSteps.Finish, input.Id, retry);
        return input.Saves ? await context.CallActivityAsync<BatchResult>(BatchSteps.Save, input.Id, retry) : result;
    }

    private static async Task ScoreAsync(IWorkflowContext context, BatchInput input, BatchSize size)
    {
        BatchGroup[] groups = [.. Enumerable.Range(0, BatchGroup.CountOf(size.Parts)).Select(g => Group(input, size, g))];
        var open = new SortedSet<int>();
        PartsDone done = PartsDone.None;
        await context.FanOutAsync(groups, Math.Max(1, input.Parallel / GroupParallel), async group =>
        {
            open.Add(group.Group);
            context.SetStatus(new BatchStatus(size, done, [.. open]));
            PartsDone more = groups.Length == 1
                ? await BatchGroupWorkflow.ScoreAsync(context, group)
                : await context.CallWorkflowAsync<PartsDone>(BatchGroupWorkflow.WorkflowName, group with { Parallel = Math.Min(input.Parallel, GroupParallel) });
            open.Remove(group.Group);
            done = done.Plus(more);
            context.SetStatus(new BatchStatus(size, done, [.. open]));
            return true;
        });
    }

    private static BatchGroup Group(BatchInput input, BatchSize size, int group)
    {
        int first = group * BatchGroup.MostParts;
        return new BatchGroup(input.Id, group, first, Math.Min(BatchGroup.MostParts, size.Parts - first), input.Parallel, input.Retries);
    }
}
