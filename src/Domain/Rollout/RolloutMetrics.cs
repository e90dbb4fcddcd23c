using System.Diagnostics.Metrics;

namespace MlOps.Domain.Rollout;

internal static class RolloutMetrics
{
    private static readonly Counter<long> Rollouts = Telemetry.Meter.CreateCounter<long>("mlops.rollouts", "{rollout}", "Rollouts that ended.");

    public static void Ended(string model, RolloutState state) =>
        Rollouts.Add(1, new("model", model), new("state", EnumWord.Of(state)));
}
