namespace MlOps.Domain.Registry;

/// <summary>
/// Imports go one after the other: a file and what is read from it take several times the file's size, which no budget of memory counts.
/// </summary>
public sealed class ImportTurn(TimeProvider time)
{
    /// <summary>How long one waits for the one before it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>How long a file may be on its way, since the others wait meanwhile.</summary>
    public static readonly TimeSpan UploadPatience = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    /// <summary>Needs no disposal: nobody asks for its wait handle.</summary>
    private SemaphoreSlim One { get; } = new(1);

    /// <exception cref="MlOpsException">Unavailable <c>model-import-busy</c>: another one takes long; whatever the import throws.</exception>
    public async Task<T> TakeAsync<T>(Func<Task<T>> import, CancellationToken cancellationToken)
    {
        if (!await WithinAsync(Patience, One.WaitAsync, cancellationToken))
            throw Busy();
        try
        {
            return await import();
        }
        finally
        {
            One.Release();
        }
    }

    /// <summary>Reads the file of the one whose turn it is.</summary>
    /// <exception cref="MlOpsException">Invalid <c>model-import-slow</c>; whatever the reading throws.</exception>
    public async Task UploadAsync(Func<CancellationToken, Task> read, CancellationToken cancellationToken)
    {
        if (!await WithinAsync(UploadPatience, read, cancellationToken))
            throw MlOpsException.Invalid("model-import-slow", $"the file was not there within {UploadPatience.TotalMinutes} minutes, and other imports wait: send it over a faster connection");
    }

    /// <returns>False when the time was over first.</returns>
    private async Task<bool> WithinAsync(TimeSpan patience, Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            await act(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static MlOpsException Busy() => new(
        ErrorKind.Unavailable, "model-import-busy", $"another model is being imported since {Patience.TotalSeconds} s or more, and one is at a time, for the memory that it takes: try again")
    {
        RetryAfter = RetryAfter,
    };
}
