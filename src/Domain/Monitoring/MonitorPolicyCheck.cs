using MlOps.Learning.Metrics;

namespace MlOps.Domain.Monitoring;

/// <summary>What a policy must hold, all mistakes at once.</summary>
internal static class MonitorPolicyCheck
{
    /// <summary>Of the quantile that a model was trained for.</summary>
    private const string OwnPinball = "pinball";

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <exception cref="MlOpsException">Invalid <c>monitor-invalid</c>.</exception>
    public static void Check(MonitorPolicy policy)
    {
        string[] problems = [.. Drift(policy.Drift), .. Performance(policy.Performance), .. Retrain(policy.Retrain)];
        if (problems.Length > 0)
            throw MlOpsException.Invalid("monitor-invalid", $"the monitoring policy of '{policy.Model}' is wrong: {string.Join("; ", problems)}");
    }

    private static IEnumerable<string> Drift(DriftPolicy? drift)
    {
        if (drift is null)
            yield break;
        if (drift.Every < Shortest || drift.Window < Shortest)
            yield return "drift: 'every' and 'window' are at least 1 second";
        if (drift.MinRows < 2)
            yield return $"drift: minRows {drift.MinRows} is below 2";
        if (drift.Options.Alpha is not (> 0 and <= 0.5))
            yield return $"drift: alpha {drift.Options.Alpha} is not above 0 and up to 0.5";
        if (drift.Options.DriftShare is not (> 0 and <= 1))
            yield return $"drift: share {drift.Options.DriftShare} is not above 0 and up to 1";
    }

    private static IEnumerable<string> Performance(PerformancePolicy? performance)
    {
        if (performance is null)
            yield break;
        if (MetricCatalog.Find(performance.Metric) is null)
            yield return $"performance: metric '{performance.Metric}' is not one of {string.Join(", ", MetricCatalog.All.Select(m => m.Name))}";
        if (performance.Metric == OwnPinball)
            yield return "performance: metric 'pinball' needs the quantile that a model was trained for, which predictions do not tell: take pinball10, pinball50 or pinball90";
        if (performance.AtLeast is null && performance.AtMost is null)
            yield return "performance: give atLeast or atMost";
        if (performance.Every < Shortest || performance.Window < Shortest)
            yield return "performance: 'every' and 'window' are at least 1 second";
    }

    private static IEnumerable<string> Retrain(RetrainPolicy? retrain)
    {
        if (retrain?.Cooldown < TimeSpan.Zero)
            yield return "retrain: the cool-down is negative";
    }
}
