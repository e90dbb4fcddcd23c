using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines;

public enum PipelineRunState
{
    Running,

    /// <summary>Somebody has to approve or refuse.</summary>
    WaitingForApproval,

    /// <summary>Promoted, or registered where no rollout was asked for.</summary>
    Succeeded,

    /// <summary>It ended with a verdict: see <see cref="PipelineResult.End"/>.</summary>
    Rejected,

    /// <summary>A step could not be done; a rerun goes on from there.</summary>
    Failed,
    Cancelled,

    /// <summary>Held: no step begins until somebody resumes or cancels it.</summary>
    Suspended,
}

/// <summary>A run of a pipeline as it stands.</summary>
/// <param name="Document">Digest of the document it is pinned to.</param>
/// <param name="Result">Null until it has ended by itself.</param>
/// <param name="Failure">Why it failed or was cancelled.</param>
public sealed record PipelineRun(
    string Id,
    string Pipeline,
    string Document,
    PipelineTrigger Trigger,
    PipelineRunState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    IReadOnlyList<PipelineStep> Steps,
    PipelineResult? Result,
    StepFailure? Failure)
{
    public bool HasEnded => State is not (PipelineRunState.Running or PipelineRunState.WaitingForApproval or PipelineRunState.Suspended);

    internal static PipelineRun Of(RunEntry entry, WorkflowInstance instance)
    {
        IReadOnlyList<PipelineStep> steps = instance.Status is null ? [] : WorkflowJson.Read<PipelineStatus>(instance.Status)!.Steps;
        PipelineResult? result = instance is { State: WorkflowState.Completed, Output: not null } ? WorkflowJson.Read<PipelineResult>(instance.Output) : null;
        return new(
            entry.Id, entry.Input.Pipeline, entry.Input.Document, entry.Input.Trigger, StateOf(instance, steps, result), entry.At,
            instance.HasEnded ? instance.UpdatedAt : null, steps, result, instance.Failure);
    }

    private static PipelineRunState StateOf(WorkflowInstance instance, IReadOnlyList<PipelineStep> steps, PipelineResult? result) => instance.State switch
    {
        WorkflowState.Failed => PipelineRunState.Failed,
        WorkflowState.Cancelled => PipelineRunState.Cancelled,
        WorkflowState.Suspended => PipelineRunState.Suspended,
        WorkflowState.Completed when result?.End is PipelineEnd.Promoted or PipelineEnd.Registered => PipelineRunState.Succeeded,
        WorkflowState.Completed => PipelineRunState.Rejected,
        _ when steps.Any(s => s is { Name: PipelineStepNames.Approval, State: StepState.Waiting }) => PipelineRunState.WaitingForApproval,
        _ => PipelineRunState.Running,
    };
}
