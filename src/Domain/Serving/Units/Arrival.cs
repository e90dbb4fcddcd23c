namespace MlOps.Domain.Serving.Units;

/// <summary>How a request came to its version.</summary>
/// <param name="Draw">The server's number of it (<see cref="RequestDraws"/>); 0 where there is none, as of rows of older releases: then the request's id stands for it.</param>
/// <param name="UnitCluster">The cluster of its unit (<see cref="Units.UnitCluster"/>) and one; 0 where it has no unit.</param>
/// <param name="IsNamed">Somebody named the version: a tester's request, no evidence of what the version does to the traffic.</param>
public readonly record struct Arrival(ulong Draw = 0, int UnitCluster = 0, bool IsNamed = false);
