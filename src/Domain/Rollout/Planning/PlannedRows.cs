using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Rollout.Planning;

/// <summary>What the champion's rows in the log come in.</summary>
/// <param name="PerRequest">Rows that a request has.</param>
/// <param name="Independent">Units that a request brings, itself where it has none: what rows are independent between.</param>
internal sealed record PlannedRows(double PerRequest, double Independent)
{
    /// <summary>More tell ratios no better.</summary>
    private const int Most = 100_000;

    private static readonly PlannedRows Unknown = new(1, 1);

    public static async Task<PlannedRows> ReadAsync(RolloutSources sources, PlanLook look, CancellationToken cancellationToken)
    {
        var requests = new HashSet<ulong>();
        var clusters = new HashSet<int>();
        long rows = 0;
        await foreach (RowHead row in sources.Predictions.HeadsAsync(look.Model, look.Since, look.Now, cancellationToken)
            .Where(h => !h.Arrival.IsNamed && h.Version == look.Champion).Take(Most))
        {
            rows++;
            requests.Add(StickyBucket.Hash("plan", row.RequestId));
            if (row.Arrival.UnitCluster > 0)
                clusters.Add(row.Arrival.UnitCluster);
        }

        return rows == 0 ? Unknown : new((double)rows / requests.Count, clusters.Count == 0 ? 1 : Math.Min(1, Units(clusters.Count) / requests.Count));
    }

    /// <summary>How many units leave so many clusters (linear counting; Whang, Vander-Zanden and Taylor 1990).</summary>
    private static double Units(int clusters) => clusters >= UnitCluster.Count ? double.PositiveInfinity : -UnitCluster.Count * Math.Log(1 - ((double)clusters / UnitCluster.Count));
}
