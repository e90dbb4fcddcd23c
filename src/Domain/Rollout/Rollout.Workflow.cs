using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>
/// Takes a model version from no traffic to all of it: begin, then for each step give it its share and watch it, at last promote.
/// Whatever goes wrong on the way ends with all traffic on the champion. The instance id is the rollout's id.
/// </summary>
/// <param name="version">
/// What a rollout began with it ends with: <see cref="First"/> judges by fixed limits; <see cref="Second"/> stores a step's first hold only,
/// passes at the first look without doubt, and a pause during a freeze does not hold the first step.
/// </param>
public sealed class RolloutWorkflow(string version = RolloutWorkflow.Latest) : Workflow<RolloutInput, RolloutOutcome>
{
    public const string WorkflowName = "rollout";
    public const string First = "1";
    public const string Second = "2";
    public const string Latest = "3";

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
