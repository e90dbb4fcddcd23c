namespace MlOps.Api.Pipelines;

/// <summary>A pipeline file without mistakes, as far as the trainers go that whoever looked knows.</summary>
/// <param name="Dataset">The data set that it trains on.</param>
public sealed record ValidPipeline(string Name, string Dataset);
