using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Pipelines;

namespace MlOps.Cli.Commands;

/// <summary>Shows each step of a run as it goes.</summary>
internal static class PipelineFollower
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(150);

    /// <summary>A direct rollout, or a first version's, is through in less; one that takes longer waits for requests.</summary>
    private const int BeatsWithoutTraffic = 40;

    /// <summary>
    /// Follows a run to its end, or to where it waits: for a person, or, when this command hosts itself and so nobody can send
    /// requests, for traffic.
    /// </summary>
    /// <param name="pastApproval">The approval was just given: do not stop at it again.</param>
    /// <param name="until">Stop when this step has begun.</param>
    public static async Task<PipelineRun> FollowAsync(
        ApiClient api, PipelineRun run, CommandOutput output, CancellationToken cancellationToken, bool pastApproval = false, string? until = null)
    {
        var shown = new Dictionary<string, (StepState, string?)>();
        int idle = 0;
        using var beat = new PeriodicTimer(Beat);
        while (true)
        {
            idle = api.IsOwnServer && run.Steps.Any(s => s is { Name: "rollout", State: StepState.Waiting }) ? idle + 1 : 0;
            foreach (PipelineStep step in run.Steps)
                ShowChange(step, shown, output);
            if (run.HasEnded || HasBegun(run, until) || WaitsForSomebody(run, pastApproval) || idle > BeatsWithoutTraffic)
                return run;
            await beat.WaitForNextTickAsync(cancellationToken);
            run = await api.GetAsync<PipelineRun>($"api/v1/pipeline-runs/{ApiCommand.Segment(run.Id)}", cancellationToken);
            pastApproval &= run.State == PipelineRunState.WaitingForApproval;
        }
    }

    private static bool WaitsForSomebody(PipelineRun run, bool pastApproval) =>
        run.State == PipelineRunState.Suspended || (!pastApproval && run.State == PipelineRunState.WaitingForApproval);

    private static bool HasBegun(PipelineRun run, string? step) => run.Steps.Any(s => s.Name == step && s.State != StepState.Pending);

    /// <summary>A step's start and end, and what it says of itself meanwhile.</summary>
    private static void ShowChange(PipelineStep step, Dictionary<string, (StepState, string?)> shown, CommandOutput output)
    {
        (StepState, string?) now = (step.State, step.Summary);
        if (step.State is StepState.Pending || (shown.TryGetValue(step.Name, out (StepState, string?) before) && before == now))
            return;
        shown[step.Name] = now;
        output.Line(PipelineViews.StepLine(step));
    }
}
