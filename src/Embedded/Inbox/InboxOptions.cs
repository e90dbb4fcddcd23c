namespace MlOps.Embedded.Inbox;

/// <summary>How the inbox is watched.</summary>
public sealed record InboxOptions
{
    /// <summary>A file is taken once its size and time of change have stayed the same for so long; default 2 seconds.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Larger files are rejected; default 4 GiB.</summary>
    public long MaxBytes { get; init; } = 4L << 30;
}
