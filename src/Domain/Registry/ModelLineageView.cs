using MlOps.Domain.Experiments;

namespace MlOps.Domain.Registry;

/// <summary>Where a model version was or is deployed; supplied by the caller, since the registry knows no endpoint.</summary>
/// <param name="Share">Part of the traffic, 0 to 1.</param>
/// <param name="To">Null while it lasts.</param>
public sealed record LineageDeployment(string Endpoint, double Share, DateTimeOffset From, DateTimeOffset? To, string? Rollout, string? Reason);

/// <summary>A data set version that a model version scored as a whole; supplied by the caller as well.</summary>
/// <param name="Rows">Rows scored.</param>
/// <param name="SavedAs">The data set version that the predictions became, or null.</param>
public sealed record LineageBatch(string Id, string Dataset, long Rows, DateTimeOffset At, string By, string? SavedAs);

/// <summary>Data set version + spec + code version -> run -> model version -> deployments and batch predictions.</summary>
public sealed record ModelLineageView(
    RunLineage Sources,
    string RunId,
    ModelVersion Version,
    IReadOnlyList<LineageDeployment> Deployments)
{
    /// <summary>Newest first.</summary>
    public IReadOnlyList<LineageBatch> Batches { get; init; } = [];
}
