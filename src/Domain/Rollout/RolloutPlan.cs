namespace MlOps.Domain.Rollout;

/// <summary>How long a rollout would take at the present traffic, as far as numbers decide it.</summary>
/// <param name="RequestsADay">Of the model, all versions together.</param>
/// <param name="MeasuredOver">What the traffic was measured over; shorter than a day, it may not be typical.</param>
/// <param name="Days">All steps together.</param>
public sealed record RolloutPlan(string Model, int Champion, double RequestsADay, TimeSpan MeasuredOver, IReadOnlyList<PlannedStep> Steps, double Days);

/// <summary>One step of a plan.</summary>
/// <param name="Percent">Of the traffic for the new version; of the copied requests for a shadow.</param>
/// <param name="Samples">What the new version needs: requests, or rows with their truth.</param>
/// <param name="Days">Until it has them, at least the bake.</param>
/// <param name="Why">What needs the longest.</param>
public sealed record PlannedStep(double Percent, long Samples, double Days, string Why);
