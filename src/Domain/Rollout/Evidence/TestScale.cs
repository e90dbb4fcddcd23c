namespace MlOps.Domain.Rollout.Evidence;

/// <summary>The scale on which a metric is tested, where it is not the one it is shown in.</summary>
internal static class TestScale
{
    /// <summary>What rates are told apart by where a limit says nothing smaller: so large a failure is found within some dozens of requests.</summary>
    private const double UsualTau = 0.05;

    /// <summary>What the difference may be: the share of slow requests has its limit built in, and an index of shift is tested by its root.</summary>
    public static double Margin(RolloutMetric metric, double max) => metric switch
    {
        RolloutMetric.LatencyP95 => 0,
        RolloutMetric.PredictionShift => Math.Sqrt(max),
        _ => max,
    };

    /// <summary>The size of difference that the test is tuned to.</summary>
    public static double Tau(RolloutMetric metric, double max) => metric switch
    {
        _ when MetricNames.IsUnbounded(metric) => max,
        RolloutMetric.PredictionShift => Math.Sqrt(Math.Max(UsualTau, max)),
        RolloutMetric.LatencyP95 => UsualTau,
        _ => Math.Max(UsualTau, max),
    };

    /// <summary>A bound of the test as a value of the metric.</summary>
    public static double Shown(RolloutMetric metric, double bound) => metric == RolloutMetric.PredictionShift ? Math.Max(0, bound) * bound : bound;
}
