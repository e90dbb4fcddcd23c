namespace MlOps.Learning.Metrics;

/// <summary>Where a metric lies with other rows of the same kind: the bounds of a bootstrap interval.</summary>
/// <param name="Level">The share of such intervals that hold the true value, about: 0.95.</param>
/// <param name="Resamples">How many resamples had a value.</param>
public sealed record MetricInterval(double Low, double High, double Level, int Resamples);

/// <summary>How intervals are made.</summary>
public sealed record IntervalOptions
{
    /// <summary>0 (the default) chooses: 1000, or fewer of many rows, where intervals are narrow and steady (200 from 1,000,000 rows).</summary>
    public int Resamples { get; init; }

    /// <summary>Between 0 and 1; default 0.95.</summary>
    public double Level { get; init; } = 0.95;

    public ulong Seed { get; init; } = 42;

    /// <summary>Worker threads; 0 means one per processor. Never changes the result.</summary>
    public int Threads { get; init; }

    internal int ResamplesOf(int rows) => Resamples > 0 ? Resamples : (int)Math.Clamp(200_000_000L / Math.Max(1, rows), 200, 1000);

    /// <exception cref="MlOpsException">Invalid <c>intervals</c>.</exception>
    internal void Check()
    {
        if (Resamples != 0 && Resamples is < 20 or > 100_000)
            throw MlOpsException.Invalid("intervals", $"{Resamples} resamples make no interval; use 20 to 100,000, or 0 to let the number of rows decide");
        if (!(Level is > 0 and < 1))
            throw MlOpsException.Invalid("intervals", $"the level of an interval is {Level:R}; it lies between 0 and 1, as 0.95");
    }
}
