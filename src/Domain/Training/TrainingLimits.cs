namespace MlOps.Domain.Training;

/// <summary>What one training may take of its host. A training that would take more is refused with advice, before or in time.</summary>
public sealed record TrainingLimits
{
    public static readonly TrainingLimits None = new();

    /// <summary>Bytes that this process may have in all. Default none: only the system's own limit.</summary>
    public long? Memory { get; init; }

    /// <summary>
    /// From the load of the data to the end of the fit; well below the time after which the host would end the process, since that
    /// counts as a fault and is tried again. Default none.
    /// </summary>
    public TimeSpan? Time { get; init; }

    /// <summary>How to get a larger host, for the message. Default: another machine.</summary>
    public string Advice { get; init; } = "train on a larger machine";
}
