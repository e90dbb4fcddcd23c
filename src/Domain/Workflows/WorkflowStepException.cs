namespace MlOps.Domain.Workflows;

/// <summary>
/// A step (activity or sub-workflow) failed for good. The cause is carried as text, the same on each replay and on both engines.
/// </summary>
public sealed class WorkflowStepException(string step, StepFailure failure)
    : Exception($"step '{step}' failed: {failure.Message}")
{
    /// <summary>The activity's or sub-workflow's name.</summary>
    public string Step { get; } = step;

    public StepFailure Failure { get; } = failure;
}

/// <summary>Why a step or an instance failed: kind and code of the <see cref="MlOpsException"/> (Unavailable <c>unexpected</c> for any other exception), and its message.</summary>
public sealed record StepFailure(ErrorKind Kind, string Code, string Message)
{
    public static StepFailure From(Exception exception) => exception switch
    {
        MlOpsException e => new(e.Kind, e.Code, e.Message),
        WorkflowStepException e => e.Failure,
        OperationCanceledException => new(ErrorKind.Unavailable, "cancelled", "the step was cancelled"),
        _ => new(ErrorKind.Unavailable, "unexpected", $"{exception.GetType().Name}: {exception.Message}"),
    };

    /// <summary>True when another attempt may succeed.</summary>
    public bool IsTransient => Kind is ErrorKind.Unavailable or ErrorKind.Conflict;
}
