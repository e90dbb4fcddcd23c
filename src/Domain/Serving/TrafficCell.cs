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

    public TrafficCell Copy()
    {
        var copy = new TrafficCell();
        copy.Add(this);
        return copy;
    }

    public TrafficWindow ToWindow() => new(Requests, Errors, Rejected, Latency, Refused, Units);
}
