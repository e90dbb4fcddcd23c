using MlOps.Domain.Experiments;

namespace MlOps.Domain.Registry;

/// <summary>Where a model version was or is deployed; supplied by the caller, since the registry knows no endpoint.</summary>
/// <param name="Share">Part of the traffic, 0 to 1.</param>
/// <param name="To">Null while it lasts.</param>
public sealed record LineageDeployment(string Endpoint, double Share, DateTimeOffset From, DateTimeOffset? To, string? Rollout, string? Reason);

/// <summary>Data set version + spec + code version -> run -> model version -> deployments.</summary>
public sealed record ModelLineageView(
    RunLineage Sources,
    string RunId,
    ModelVersion Version,
    IReadOnlyList<LineageDeployment> Deployments);
