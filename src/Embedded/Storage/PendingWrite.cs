namespace MlOps.Embedded.Storage;

/// <summary>A batch on its way to the writer, and the promise its caller waits for.</summary>
internal sealed class PendingWrite(RowWrite[] rows, CancellationToken cancellationToken)
{
    // Callers go on elsewhere, never on the writer's thread.
    private readonly TaskCompletionSource<IReadOnlyList<string>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RowWrite[] Rows => rows;

    public Task<IReadOnlyList<string>> Done => _done.Task;

    /// <summary>Set while the transaction is open; told to the caller only after its commit.</summary>
    public IReadOnlyList<string>? Result { get; set; }

    /// <summary>Why the batch was undone; it is told only after the commit of the others.</summary>
    public Exception? Refusal { get; set; }

    /// <summary>True when the caller gave up before the write began. Later it is too late: the outcome is told as it is.</summary>
    public bool CancelIfAsked() => cancellationToken.IsCancellationRequested && _done.TrySetCanceled(cancellationToken);

    public void Answer()
    {
        if (Refusal is null)
            _done.TrySetResult(Result!);
        else
            _done.TrySetException(Refusal);
    }

    public void Failed(Exception exception) => _done.TrySetException(exception);
}
