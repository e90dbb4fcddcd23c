namespace MlOps.Azure.Storage;

/// <summary>How patiently storage is asked, and in what pieces blobs travel.</summary>
public sealed record AzureStorageOptions
{
    /// <summary>Further attempts after throttling (503, 429), a server error, a time-out or a broken connection; 0 to 20. Default 6.</summary>
    public int Retries { get; init; } = 6;

    /// <summary>Wait before the first further attempt; it doubles from there on, with jitter, unless the service names a time. Default 0.4 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.4);

    /// <summary>The longest wait between two attempts. Default 20 s.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For one attempt, until the answer begins; a block of a blob must pass in it too. Default 60 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of a block on the way up and of a range on the way down; a stream holds one. A blob has at most 50,000. Default 4 MiB.</summary>
    public int BlockBytes { get; init; } = 4 << 20;
}
