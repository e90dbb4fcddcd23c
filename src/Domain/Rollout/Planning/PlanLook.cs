using MlOps.Domain.Serving;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Planning;

/// <summary>What a plan reckons with.</summary>
/// <param name="Traffic">Of all versions since then.</param>
internal sealed record PlanLook(
    RolloutPolicy Policy, ModelSignature Signature, string Model, int Champion, DateTimeOffset Since, DateTimeOffset Now, TrafficWindow Traffic)
{
    /// <summary>The champion's scores on rows whose truth is known, by metric, once they were read.</summary>
    public Dictionary<RolloutMetric, SampleMoments> Truths { get; } = [];

    public double ADay(double count) => Now > Since ? count / (Now - Since).TotalDays : 0;
}
