namespace MlOps.Domain.Experiments;

/// <summary>What begins an experiment.</summary>
/// <param name="Name">1 to 500 characters, not taken by another, be it deleted.</param>
/// <param name="ArtifactLocation">See <see cref="Experiment.ArtifactLocation"/>.</param>
public sealed record ExperimentStart(string Name, string? ArtifactLocation = null)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = RunChanges.NoTexts;
}
