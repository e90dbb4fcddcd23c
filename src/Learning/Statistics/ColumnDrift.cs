using MlOps.Learning.Tables;

namespace MlOps.Learning.Statistics;

/// <summary>How far a comparison can be relied on.</summary>
public enum DriftStatus
{
    Computed,

    /// <summary>Computed, but a side has fewer than 30 usable rows.</summary>
    LowSample,

    /// <summary>Not computed: <see cref="ColumnDrift.Reason"/> says why.</summary>
    NotComputable,
}

/// <summary>One side of a comparison: all rows, those without a value, those with an infinite one, and the rest, which the test uses.</summary>
public sealed record DriftSample(long Rows, long Missing, long Infinite)
{
    public long Used => Rows - Missing - Infinite;

    public double MissingShare => Rows == 0 ? 0 : (double)Missing / Rows;
}

/// <summary>A column of the current window compared with the reference.</summary>
public sealed record ColumnDrift
{
    public required string Column { get; init; }

    /// <summary>The reference's type.</summary>
    public required ColumnType Type { get; init; }

    /// <summary><c>ks</c> for numbers, <c>chisquare</c> for categories and booleans, null for what has no test.</summary>
    public string? Test { get; init; }

    public required DriftStatus Status { get; init; }

    public string? Reason { get; init; }

    public required DriftSample Reference { get; init; }

    public required DriftSample Current { get; init; }

    /// <summary>KS distance, or chi-square.</summary>
    public double? Statistic { get; init; }

    /// <summary>Of this column alone, not corrected for the number of columns.</summary>
    public double? PValue { get; init; }

    /// <summary>Size of the change, 0 to 1 whatever the test: KS distance, or total variation distance of the level shares.</summary>
    public double? Effect { get; init; }

    /// <summary>Population stability index: numbers over reference deciles, categories by level.</summary>
    public double? Psi { get; init; }

    /// <summary>Of the two-proportion test that the share of missing values is the same; null when a side has no rows.</summary>
    public double? MissingPValue { get; init; }

    /// <summary>Share of the used current rows whose level the reference does not have.</summary>
    public double? NewLevelShare { get; init; }

    /// <summary>Up to 10 levels that only the current window has, most frequent first.</summary>
    public IReadOnlyList<string> NewLevels { get; init; } = [];

    /// <summary>Up to 10 levels that only the reference has, most frequent first.</summary>
    public IReadOnlyList<string> LostLevels { get; init; } = [];
}
