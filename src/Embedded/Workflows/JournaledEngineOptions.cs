namespace MlOps.Embedded.Workflows;

/// <summary>How the journaled engine runs.</summary>
public sealed record JournaledEngineOptions
{
    public static readonly JournaledEngineOptions Default = new();

    /// <summary>Activities that run at once in the whole engine; at least 1, default twice the number of cores but not under 4.</summary>
    public int MaxConcurrentActivities { get; init; } = Math.Max(4, 2 * Environment.ProcessorCount);

    /// <summary>The wait before a journal write that failed is tried again; default 1 s.</summary>
    public TimeSpan WriteRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Told of every write; null (default) for none.</summary>
    public IJournalObserver? Observer { get; init; }
}
