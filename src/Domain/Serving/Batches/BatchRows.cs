using MlOps.Learning.Tables;

namespace MlOps.Domain.Serving.Batches;

/// <summary>The bound rows of one request: numbers for a row scorer, or else a table.</summary>
internal sealed record BatchRows(int Count, double[]? Numbers, Table? Table)
{
    public static BatchRows Of(FeatureRows rows) => new(rows.Count, rows.Values.ToArray(), null);

    public static BatchRows Of(Table table) => new(table.RowCount, null, table);
}

/// <summary>A request in a batch.</summary>
internal sealed class BatchedRequest(BatchRows rows, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource<(Learning.Trainers.Predictions, TimeSpan)> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public BatchRows Rows => rows;

    /// <summary>Whether anybody still waits for it.</summary>
    public bool IsWanted => !cancellationToken.IsCancellationRequested;

    public Task<(Learning.Trainers.Predictions Predictions, TimeSpan Latency)> Answer => _answer.Task;

    public void Answered(Learning.Trainers.Predictions predictions, TimeSpan latency) => _answer.TrySetResult((predictions, latency));

    public void Failed(Exception cause) => _answer.TrySetException(cause);
}
