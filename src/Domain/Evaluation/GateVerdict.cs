namespace MlOps.Domain.Evaluation;

/// <summary>The outcome of one gate.</summary>
/// <param name="Gate">Its <see cref="GateSpec.Name"/>.</param>
/// <param name="Value">What was compared: the metric, or the difference or ratio between groups; null when it could not be computed.</param>
/// <param name="Limit">What it was compared with; null when there was nothing (no champion).</param>
/// <param name="Reason">One sentence with both numbers.</param>
public sealed record GateVerdict(string Gate, string Metric, double? Value, double? Limit, bool Passed, string Reason);
