namespace MlOps.Domain.Rollout;

/// <summary>How long a rollout would take at the present traffic, as far as numbers decide it, and whether it can end in time.</summary>
/// <param name="RequestsADay">Of the model, all versions together.</param>
/// <param name="MeasuredOver">What the traffic was measured over; shorter than a day, it may not be typical.</param>
/// <param name="Days">All steps together; null when one of them cannot end.</param>
/// <param name="Possible">Whether each step ends before its deadline.</param>
/// <param name="Reason">Why it is not possible, and what to change; null when it is.</param>
/// <param name="NotPlanned">What may take longer than the plan says.</param>
public sealed record RolloutPlan(
    string Model,
    int Champion,
    double RequestsADay,
    TimeSpan MeasuredOver,
    IReadOnlyList<PlannedStep> Steps,
    double? Days,
    bool Possible,
    string? Reason,
    IReadOnlyList<string> NotPlanned);

/// <summary>One step of a plan.</summary>
/// <param name="Percent">Of the traffic for the new version; of the copied requests for a shadow.</param>
/// <param name="Samples">What the new version needs: requests, or rows with their truth.</param>
/// <param name="ChampionSamples">What the champion needs meanwhile.</param>
/// <param name="Days">Until both have them, at least the bake; null when they never come.</param>
/// <param name="Why">What needs the longest.</param>
public sealed record PlannedStep(double Percent, long Samples, long ChampionSamples, double? Days, string Why);
