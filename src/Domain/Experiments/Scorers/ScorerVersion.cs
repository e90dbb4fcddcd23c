namespace MlOps.Domain.Experiments.Scorers;

/// <summary>A version of a scorer (a judge, say) that a client registered with an experiment: a text that says how to score, which is never changed and never run here.</summary>
/// <param name="ScorerId">The same for all versions of the name, until the scorer is deleted.</param>
/// <param name="Version">From 1 on; one that was deleted is not given again.</param>
/// <param name="Serialized">A JSON object, as its client wrote it.</param>
public sealed record ScorerVersion(string ScorerId, string ExperimentId, string Name, int Version, string Serialized, DateTimeOffset CreatedAt);

/// <summary>Which share of new traces a scorer is to score by itself. There is nothing here that would, so the share is 0.</summary>
/// <param name="Id">Another one after each change.</param>
/// <param name="SampleRate">0 to 1.</param>
/// <param name="Filter">Of traces; null for all.</param>
public sealed record OnlineScoring(string Id, string ScorerId, string ExperimentId, double SampleRate, string? Filter);
