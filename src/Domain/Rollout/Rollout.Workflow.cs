using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>
/// Takes a model version from no traffic to all of it: begin, then for each step give it its share and watch it, at last promote.
/// Whatever goes wrong on the way ends with all traffic on the champion. The instance id is the rollout's id.
/// </summary>
/// <param name="version"><see cref="First"/> for rollouts that began with it: judged by fixed limits.</param>
public sealed class RolloutWorkflow(string version = RolloutWorkflow.Latest) : Workflow<RolloutInput, RolloutOutcome>
{
    public const string WorkflowName = "rollout";
    public const string First = "1";
    public const string Latest = "2";

    public override string Name => WorkflowName;

    public override string Version => version;

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
