using MlOps.Domain.Workflows;

namespace MlOps.Domain.Batch;

public enum BatchState
{
    Running,

    /// <summary>The output is whole.</summary>
    Succeeded,

    /// <summary>A step could not be done; a rerun goes on from there.</summary>
    Failed,
    Cancelled,

    /// <summary>Held by whoever runs the workflows.</summary>
    Suspended,
}

/// <summary>A batch as it stands.</summary>
/// <param name="Dataset">Name and version, <c>telco@3</c>.</param>
/// <param name="Rows">Of the data set; null until it is planned.</param>
/// <param name="Parts">Partitions; null until it is planned.</param>
/// <param name="RowsDone">Scored so far; rejected ones do not count.</param>
/// <param name="Failure">Why it failed or was cancelled.</param>
/// <param name="Output">Where its output is whole.</param>
/// <param name="KeptUntil">The output is deleted some time after.</param>
public sealed record BatchPrediction(
    string Id,
    string Model,
    int Version,
    string Dataset,
    BatchState State,
    long? Rows,
    int? Parts,
    long RowsDone,
    int PartsDone,
    long Rejected,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string By,
    BatchResult? Output,
    DateTimeOffset KeptUntil,
    DateTimeOffset? DeletedAt,
    StepFailure? Failure)
{
    /// <summary>The workflow was purged, or the start died before it.</summary>
    private static readonly StepFailure Lost = new(ErrorKind.NotFound, "batch-workflow-missing", "its workflow is gone and left no result; start it again");

    public bool HasEnded => State is not (BatchState.Running or BatchState.Suspended);

    /// <param name="instance">Null once it is forgotten.</param>
    /// <param name="open">The partitions done of the groups that have not ended.</param>
    internal static BatchPrediction Of(BatchEntry batch, WorkflowInstance? instance, BatchStatus? status, IReadOnlyList<BatchPart> open)
    {
        BatchResult? result = batch.Result;
        return new(
            batch.Id, batch.Model, batch.Version, batch.Dataset, StateOf(batch, instance),
            status?.Size.Rows ?? result?.Rows + result?.Rejected, status?.Size.Parts ?? result?.Parts,
            result?.Rows ?? (status?.Done.Rows ?? 0) + open.Sum(p => p.Rows),
            result?.Parts ?? (status?.Done.Parts ?? 0) + open.Count,
            result?.Rejected ?? (status?.Done.Rejected ?? 0) + open.Sum(p => p.Rejected),
            batch.At, instance is { HasEnded: true } ? instance.UpdatedAt : result?.EndedAt, batch.By, result, batch.KeptUntil, batch.DeletedAt,
            instance is null && result is null ? Lost : instance?.Failure);
    }

    private static BatchState StateOf(BatchEntry batch, WorkflowInstance? instance) => instance?.State switch
    {
        WorkflowState.Running => BatchState.Running,
        WorkflowState.Suspended => BatchState.Suspended,
        WorkflowState.Failed => BatchState.Failed,
        WorkflowState.Cancelled => BatchState.Cancelled,
        WorkflowState.Completed => BatchState.Succeeded,
        _ => batch.Result is null ? BatchState.Failed : BatchState.Succeeded,
    };
}
