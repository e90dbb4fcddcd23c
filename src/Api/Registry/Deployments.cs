using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Api.Registry;

/// <summary>Where and when a version had traffic, read off the endpoint's history.</summary>
internal static class Deployments
{
    /// <param name="newestFirst">Each state of the endpoint; it lasted until the one after it.</param>
    public static IReadOnlyList<LineageDeployment> Of(string endpoint, int version, IReadOnlyList<EndpointChange> newestFirst)
    {
        var deployments = new List<LineageDeployment>();
        DateTimeOffset? until = null;
        foreach (EndpointChange change in newestFirst)
        {
            if (change.Traffic.FirstOrDefault(s => s.Version == version) is { BasisPoints: > 0 } share)
                Add(deployments, new LineageDeployment(endpoint, share.BasisPoints / 10_000.0, change.At, until, change.RolloutId, change.Reason));
            until = change.At;
        }

        return deployments;
    }

    /// <summary>States that follow each other with the same share are one deployment: the later reason adds nothing.</summary>
    private static void Add(List<LineageDeployment> deployments, LineageDeployment earlier)
    {
        if (deployments.LastOrDefault() is { } later && later.From == earlier.To && later.Share.Equals(earlier.Share) && later.Rollout == earlier.Rollout)
            deployments[^1] = earlier with { To = later.To };
        else
            deployments.Add(earlier);
    }
}
