namespace MlOps.Domain.Experiments.Search;

/// <summary>A data set that runs of an experiment used.</summary>
/// <param name="Context">What for; null when nobody said.</param>
public sealed record DatasetSummary(string ExperimentId, string Name, string Digest, string? Context);
