namespace MlOps.Domain.Pipelines;

/// <summary>What a candidate must pass before it is registered. All gates are checked, not only up to the first failure.</summary>
public sealed record GatesSection(
    IReadOnlyList<AbsoluteGate> Absolute, IReadOnlyList<ChampionGate> Champion, IReadOnlyList<FairnessGate> Fairness)
{
    public GatesSection()
        : this([], [], [])
    {
    }
}

/// <summary>The metric on the test rows lies within the bounds; one of them at least is given.</summary>
public sealed record AbsoluteGate(string Metric, double? AtLeast, double? AtMost);

/// <summary>The metric is no worse than the current champion's on the same test rows by more than the tolerance.</summary>
public sealed record ChampionGate(string Metric, double Tolerance);

/// <summary>The metric (or rate) differs between the groups of a column by no more than a difference, or a ratio.</summary>
public sealed record FairnessGate(string Column, string Metric, double? MaxDifference, double? MinRatio);
