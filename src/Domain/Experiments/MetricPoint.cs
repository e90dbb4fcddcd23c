namespace MlOps.Domain.Experiments;

/// <summary>
/// One value of a metric. Name, step, time and value together are its identity: logging it again changes nothing.
/// </summary>
/// <param name="Value">Any double; NaN and infinities are kept as they are, -0.0 as 0.0.</param>
/// <param name="Step">Any number, also negative; by habit the iteration.</param>
/// <param name="Time">Kept to the millisecond, UTC.</param>
public sealed record MetricPoint(string Name, double Value, long Step, DateTimeOffset Time);
