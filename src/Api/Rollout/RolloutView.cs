using MlOps.Domain.Rollout;

namespace MlOps.Api.Rollout;

/// <summary>A rollout and what was decided in it, in order, each decision with its numbers.</summary>
public sealed record RolloutView(RolloutStatus Rollout, IReadOnlyList<RolloutDecision> Decisions);

/// <summary>What to roll out and how; the default policy when none is given.</summary>
public sealed record RolloutStart(int Version, RolloutPolicy? Policy = null);

/// <summary>What shall be planned; the default policy when none is given.</summary>
/// <param name="Version">The one that shall be rolled out, where it is known.</param>
public sealed record RolloutPlanned(RolloutPolicy? Policy = null, int? Version = null);

/// <summary>Why somebody took a decision.</summary>
public sealed record Decision(string? Reason = null);
