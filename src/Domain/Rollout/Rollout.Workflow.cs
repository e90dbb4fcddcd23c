using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>
/// Takes a model version from no traffic to all of it: begin, then for each step give it its share and watch it, at last promote.
/// Whatever goes wrong on the way ends with all traffic on the champion. The instance id is the rollout's id.
/// </summary>
public sealed class RolloutWorkflow : Workflow<RolloutInput, RolloutOutcome>
{
    public const string WorkflowName = "rollout";

    public override string Name => WorkflowName;

    public override async Task<RolloutOutcome> RunAsync(IWorkflowContext context, RolloutInput input)
    {
        var rollout = new RolloutRun(context, input);
        try
        {
            return await rollout.RunAsync();
        }
        catch (WorkflowStepException failure)
        {
            if (await rollout.GiveUpAsync(failure) is { } outcome)
                return outcome;
            throw;
        }
    }
}
