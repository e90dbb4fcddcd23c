namespace MlOps.Domain.Serving.Log;

/// <summary>When records leave memory, and how many may wait there.</summary>
public sealed record PredictionLogOptions
{
    /// <summary>Rows after which a segment is written at once; default 40,000, at least 1.</summary>
    public int SegmentRows { get; init; } = 40_000;

    /// <summary>The same in bytes of its lines, not compressed yet, for wide rows and long texts; default 16 MB.</summary>
    public long SegmentBytes { get; init; } = 16 << 20;

    /// <summary>Age after which a segment is written however small it is: what a crash can lose at most; default 5 s.</summary>
    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Rows that may wait in memory while the store does not answer; past it new records are dropped and counted. Default 200,000.</summary>
    public int BufferedRows { get; init; } = 200_000;

    /// <summary>The same bound in bytes of the lines that wait, whatever their values are; default 128 MB.</summary>
    public long BufferedBytes { get; init; } = 128 << 20;
}
