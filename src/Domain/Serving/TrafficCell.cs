using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Serving;

/// <summary>Counts of one version in one stretch of time by one writer.</summary>
internal sealed class TrafficCell
{
    public long Requests { get; set; }

    public long Errors { get; set; }

    public long Rejected { get; set; }

    public long Refused { get; set; }

    public LatencyHistogram Latency { get; init; } = new();

    /// <summary>By unit; null where none has one.</summary>
    public UnitCounts? Units { get; set; }

    public bool IsEmpty => Requests == 0 && Rejected == 0 && Refused == 0;

    public void Add(TrafficCell other)
    {
        Requests += other.Requests;
        Errors += other.Errors;
        Rejected += other.Rejected;
        Refused += other.Refused;
        Latency.Add(other.Latency);
        if (other.Units is { } units)
            OfUnits().Add(units);
    }

    public UnitCounts OfUnits() => Units ??= new UnitCounts();

    /// <summary>What is written of it.</summary>
    public SealedCell Seal() => new(Requests, Errors, Rejected, Refused, Latency.ToBytes(), Units?.ToBytes());

    public TrafficWindow ToWindow() => new(Requests, Errors, Rejected, Latency, Refused, Units);
}

/// <summary>A cell as it is written: small, and nothing is counted in it any more.</summary>
internal sealed record SealedCell(long Requests, long Errors, long Rejected, long Refused, byte[] Latency, byte[]? Units)
{
    /// <summary>The numbers, the object and its place in a dictionary.</summary>
    private const int Fixed = 250;

    /// <summary>What it takes in memory, and more than it takes in a batch.</summary>
    public int Bytes => Fixed + Latency.Length + (Units?.Length ?? 0);
}
