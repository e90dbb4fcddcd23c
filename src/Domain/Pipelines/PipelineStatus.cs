namespace MlOps.Domain.Pipelines;

public enum StepState
{
    Pending,
    Running,

    /// <summary>For somebody, or for a rollout, to come to an end.</summary>
    Waiting,
    Succeeded,
    Failed,

    /// <summary>Not needed, or not reached.</summary>
    Skipped,
}

/// <summary>A step of a run as people see it.</summary>
public sealed record PipelineStep(string Name, StepState State = StepState.Pending, DateTimeOffset? StartedAt = null, DateTimeOffset? EndedAt = null, string? Summary = null);

/// <summary>The custom status of the workflow: every step, in order.</summary>
public sealed record PipelineStatus(IReadOnlyList<PipelineStep> Steps);
