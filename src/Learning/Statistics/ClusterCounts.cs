namespace MlOps.Learning.Statistics;

/// <summary>Counts of rows per bin, and how much less they tell because rows come in clusters (<see cref="ClusterSums"/>). Not thread-safe.</summary>
/// <param name="bins">Bins there are, above 0.</param>
/// <param name="clusters">Numbers of clusters there are.</param>
public sealed class ClusterCounts(int bins, int clusters)
{
    private readonly long[] _bins = new long[bins];
    private readonly long[] _alone = new long[bins];
    private readonly long[] _clusters = new long[clusters];
    private readonly Dictionary<(int Bin, int Cluster), long> _cells = [];
    private long _rows;

    /// <summary>Rows per bin.</summary>
    public long[] Bins => _bins;

    /// <summary>Clusters that have rows, those of one row too.</summary>
    public long Distinct => _alone.Sum() + _clusters.Count(c => c > 0);

    /// <param name="cluster">Or <see cref="ClusterSums.Alone"/>.</param>
    public void Add(int bin, int cluster)
    {
        _rows++;
        _bins[bin]++;
        if (cluster == ClusterSums.Alone)
        {
            _alone[bin]++;
            return;
        }

        _clusters[cluster]++;
        _cells[(bin, cluster)] = _cells.GetValueOrDefault((bin, cluster)) + 1;
    }

    /// <summary>
    /// The mean design effect of the bins' shares, 1 at least: a statistic of the chi-square kind over the bins is about so many times as large as
    /// independent rows would make it (Rao and Scott 1981). Of a single cluster, or rows of one bin only, which show no spread of clusters, it is the mean
    /// size of a cluster: as if all rows of one were the same.
    /// </summary>
    public double DesignEffect()
    {
        long distinct = Distinct, alone = _alone.Sum();
        if (alone == _rows)
            return 1;
        if (distinct < 2)
            return _rows;
        double squares = _clusters.Sum(c => (double)c * c), effects = 0, weights = 0;
        var residuals = new double[_bins.Length];
        foreach (((int bin, int cluster), long count) in _cells)
            residuals[bin] += Square(count - (Share(bin) * _clusters[cluster])) - Square(Share(bin) * _clusters[cluster]);
        for (int bin = 0; bin < _bins.Length; bin++)
        {
            double share = Share(bin);
            if (share is 0 or 1)
                continue;
            double sum = residuals[bin] + (Square(share) * squares) + (_alone[bin] * Square(1 - share)) + ((alone - _alone[bin]) * Square(share));
            effects += sum / share;
            weights += 1 - share;
        }

        return weights == 0 ? _rows / (double)distinct : Math.Max(1, effects / _rows / weights * distinct / (distinct - 1));
    }

    private double Share(int bin) => (double)_bins[bin] / _rows;

    private static double Square(double value) => value * value;
}
