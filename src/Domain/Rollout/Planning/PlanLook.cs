using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Planning;

/// <summary>What a plan reckons with.</summary>
/// <param name="Traffic">Of all versions since then.</param>
/// <param name="Log">What is recorded of it from now on.</param>
internal sealed record PlanLook(
    RolloutPolicy Policy, ModelSignature Signature, string Model, int Champion, DateTimeOffset Since, DateTimeOffset Now, TrafficWindow Traffic, LogPolicy Log)
{
    /// <summary>The champion's scores on rows whose truth is known, by metric, once they were read.</summary>
    public Dictionary<RolloutMetric, PlannedTruths> Truths { get; } = [];

    /// <summary>What the champion's rows come in, once it was read.</summary>
    public PlannedRows? Rows { get; set; }

    /// <summary>The share of the requests that will be in the log.</summary>
    public double Recorded => LogNeeds.IsOff(Log) ? 0 : Log.Sample;

    public double ADay(double count) => Now > Since ? count / (Now - Since).TotalDays : 0;
}

/// <summary>Scores on rows whose truth is known.</summary>
/// <param name="Rows">How many there would have been, had as much been recorded as will be.</param>
/// <param name="Effect">Their design effect: how many rows tell as much as one that is independent of the others.</param>
internal readonly record struct PlannedTruths(SampleMoments Scores, double Rows, double Effect)
{
    public (SampleMoments, double) Seen => (Scores, Effect);
}
