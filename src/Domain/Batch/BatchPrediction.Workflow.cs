using MlOps.Domain.Workflows;

namespace MlOps.Domain.Batch;

/// <summary>
/// Scores a data set version: plan, score the partitions side by side, write the manifest, save as a data set where that is asked for.
/// More partitions than a group holds are scored in sub-workflows. The instance id is the batch's id.
/// </summary>
public sealed class BatchPredictionWorkflow : Workflow<BatchInput, BatchResult>
{
    public const string WorkflowName = "batch-prediction";

    /// <summary>Most partitions of one sub-workflow at once; more are asked of several side by side, each with its share of them.</summary>
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
        var lanes = new SortedSet<int>(Enumerable.Range(0, LanesOf(input)));
        PartsDone done = PartsDone.None;
        await context.FanOutAsync(groups, lanes.Count, async group =>
        {
            int lane = lanes.Min;
            lanes.Remove(lane);
            open.Add(group.Group);
            context.SetStatus(new BatchStatus(size, done, [.. open]));
            PartsDone more = groups.Length == 1
                ? await BatchGroupWorkflow.ScoreAsync(context, group)
                : await context.CallWorkflowAsync<PartsDone>(BatchGroupWorkflow.WorkflowName, group with { Parallel = ShareOf(input, lane) });
            lanes.Add(lane);
            open.Remove(group.Group);
            done = done.Plus(more);
            context.SetStatus(new BatchStatus(size, done, [.. open]));
            return true;
        });
    }

    private static int LanesOf(BatchInput input) => (input.Parallel + GroupParallel - 1) / GroupParallel;

    /// <summary>Of 15 partitions at once two sub-workflows have 8 and 7.</summary>
    private static int ShareOf(BatchInput input, int lane) => (input.Parallel / LanesOf(input)) + (lane < input.Parallel % LanesOf(input) ? 1 : 0);

    private static BatchGroup Group(BatchInput input, BatchSize size, int group)
    {
        int first = group * BatchGroup.MostParts;
        return new BatchGroup(input.Id, group, first, Math.Min(BatchGroup.MostParts, size.Parts - first), input.Parallel, input.Retries);
    }
}
