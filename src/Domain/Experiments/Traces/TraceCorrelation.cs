namespace MlOps.Domain.Experiments.Traces;

/// <summary>Two filters of traces (<see cref="TraceQuery.Filter"/>), asked whether what one finds goes with what the other finds.</summary>
/// <param name="ExperimentIds">Those that do not exist or are deleted have no traces.</param>
public sealed record TraceCorrelationQuery(IReadOnlyList<string> ExperimentIds, string First, string Second)
{
    /// <summary>Which traces are looked at, such as those of a time; null or blank for all.</summary>
    public string? Base { get; init; }
}

/// <summary>How often two things are seen together among traces.</summary>
/// <param name="Total">Traces that were looked at.</param>
/// <param name="First">Of these, those that the first filter finds.</param>
/// <param name="Joint">Those that both find.</param>
public sealed record TraceCorrelation(int Total, int First, int Second, int Joint)
{
    /// <summary>What is added to each of the four cells: Jeffreys' prior.</summary>
    private const double Prior = 0.5;

    /// <summary>
    /// Normalized pointwise mutual information, ln(p(x,y) / p(x)p(y)) / -ln p(x,y), from -1 (never together) by 0 (independent) to 1 (always
    /// together); NaN where one of the filters finds nothing. Bouma, Normalized (Pointwise) Mutual Information in Collocation Extraction, GSCL 2009.
    /// </summary>
    public double Npmi => First == 0 || Second == 0 ? double.NaN : Joint == 0 ? -1 : Of(0);

    /// <summary>As <see cref="Npmi"/>, with half a trace added to each of both, only the first, only the second and neither: few traces say less.</summary>
    public double SmoothedNpmi => First == 0 || Second == 0 ? double.NaN : Of(Prior);

    private double Of(double added)
    {
        // Always together, and nothing else there is.
        if (Joint == Total)
            return 1;
        double both = Math.Log(Joint + added), all = Math.Log(Total + (4 * added));
        double mutual = both + all - (Math.Log(First + (2 * added)) + Math.Log(Second + (2 * added)));
        return Math.Clamp(mutual / -(both - all), -1, 1);
    }
}
