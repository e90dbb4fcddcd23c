namespace MlOps.Learning.Statistics;

/// <summary>
/// The difference of two arms' means within strata, weighted by how much each stratum tells (Mantel and Haenszel 1959; Cochran 1954): what differs
/// between strata, as rates do by the time of day, is then no difference of the arms, however their shares move from stratum to stratum. Values
/// may come in clusters (<see cref="ClusterSums"/>), also over strata and arms. Not thread-safe.
/// </summary>
public sealed class StratifiedMeans
{
    private readonly Dictionary<long, (SampleMoments New, SampleMoments Old)> _strata = [];
    private readonly Dictionary<(long Stratum, int Cluster, bool IsNew), SampleMoments> _cells = [];

    /// <summary>All values of the new arm.</summary>
    public SampleMoments New { get; private set; }

    /// <summary>And of the old one.</summary>
    public SampleMoments Old { get; private set; }

    /// <summary>Clusters that have values of the new arm; those alone are one each.</summary>
    public long NewClusters => Clusters(isNew: true);

    public long OldClusters => Clusters(isNew: false);

    /// <param name="cluster">Or <see cref="ClusterSums.Alone"/>.</param>
    public void Add(long stratum, bool isNew, int cluster, SampleMoments values)
    {
        if (values.Count == 0)
            return;
        (SampleMoments own, SampleMoments reference) = _strata.GetValueOrDefault(stratum);
        _strata[stratum] = isNew ? (own.Merge(values), reference) : (own, reference.Merge(values));
        (New, Old) = isNew ? (New.Merge(values), Old) : (New, Old.Merge(values));
        _cells[(stratum, cluster, isNew)] = _cells.GetValueOrDefault((stratum, cluster, isNew)).Merge(values);
    }

    /// <summary>
    /// New less old, over the strata that have both; its variance is that of "no difference", as a sequential test needs it: each stratum's values spread
    /// about their common mean. NaN where no stratum has both.
    /// </summary>
    public MeanDifference Difference() => Difference(out _);

    /// <param name="effect">How many times the variance is that of independent values; 1 or more.</param>
    public MeanDifference Difference(out double effect)
    {
        double weights = 0, sum = 0, variance = 0;
        foreach ((SampleMoments own, SampleMoments reference) in _strata.Values.Where(s => s.New.Count > 0 && s.Old.Count > 0))
        {
            SampleMoments all = own.Merge(reference);
            double weight = (double)own.Count * reference.Count / all.Count;
            weights += weight;
            sum += weight * (own.Mean - reference.Mean);
            variance += weight * all.SquaredDeviations / (all.Count - 1);
        }

        effect = weights > 0 ? Effect() : 1;
        return weights > 0 ? new(sum / weights, variance * effect / (weights * weights)) : new(double.NaN, double.NaN);
    }

    /// <summary>The squares of the clusters' parts of the weighted difference against those of the single values'.</summary>
    private double Effect()
    {
        var parts = new Dictionary<int, double>();
        double alone = 0, single = 0;
        int count = 0;
        foreach (((long stratum, int cluster, bool isNew), SampleMoments values) in _cells)
        {
            (SampleMoments own, SampleMoments reference) = _strata[stratum];
            if (own.Count == 0 || reference.Count == 0)
                continue;
            SampleMoments all = own.Merge(reference);
            double weight = (isNew ? reference.Count : -own.Count) / (double)all.Count, apart = values.Mean - all.Mean;
            double squares = weight * weight * (values.SquaredDeviations + (values.Count * apart * apart));
            single += squares;
            if (cluster == ClusterSums.Alone)
                alone += squares;
            else
                parts[cluster] = parts.GetValueOrDefault(cluster) + (weight * values.Count * apart);
            count += cluster == ClusterSums.Alone ? (int)Math.Min(values.Count, 1_000) : 0;
        }

        double clusters = parts.Count + count;
        double effect = (alone + parts.Values.Sum(p => p * p)) * (clusters > 1 ? clusters / (clusters - 1) : 1) / single;
        return effect > 1 && double.IsFinite(effect) ? effect : 1;
    }

    private long Clusters(bool isNew) =>
        _cells.Where(c => c.Key.IsNew == isNew && c.Key.Cluster == ClusterSums.Alone).Sum(c => c.Value.Count)
        + _cells.Keys.Where(c => c.IsNew == isNew && c.Cluster != ClusterSums.Alone).Select(c => c.Cluster).Distinct().Count();
}
