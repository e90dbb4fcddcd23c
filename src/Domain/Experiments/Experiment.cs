namespace MlOps.Domain.Experiments;

/// <summary>A named collection of runs.</summary>
/// <param name="Id">Decimal text, never reused; what rows refer to, so that a name can change.</param>
/// <param name="Name">Unique, case-sensitive, 1 to 500 characters.</param>
public sealed record Experiment(string Id, string Name, DateTimeOffset CreatedAt);
