namespace MlOps.Learning.Statistics;

/// <summary>
/// Values that come in clusters (rows of one request, requests of one unit) and are alike within them: their mean is a ratio of two sums over
/// clusters, and its variance that of the clusters' residuals, sum y - mean n (the delta method; Cochran 1977, section 9.5; Kish 1965), not that of so many
/// independent values. Clusters are numbered; several small ones may share a number, for sums of independent clusters are independent too, so
/// that memory is constant. Not thread-safe.
/// </summary>
/// <param name="clusters">Numbers there are, above 0.</param>
public sealed class ClusterSums(int clusters)
{
    /// <summary>The number of a value that is a cluster of its own.</summary>
    public const int Alone = -1;

    /// <summary>Standard deviations within which another mean may be this one's.</summary>
    private const double Bound = 3;

    private readonly double[] _counts = new double[clusters];
    private readonly double[] _sums = new double[clusters];
    private SampleMoments _alone;

    /// <summary>The values as if they were independent.</summary>
    public SampleMoments Rows { get; private set; }

    /// <summary>Clusters that have values, those of one value too.</summary>
    public long Distinct { get; private set; }

    public void Add(int cluster, double value) => Add(cluster, new SampleMoments(1, value, 0));

    /// <param name="cluster">0 to below the number of clusters, or <see cref="Alone"/>: each of the values is one.</param>
    public void Add(int cluster, SampleMoments values)
    {
        if (values.Count == 0)
            return;
        Rows = Rows.Merge(values);
        if (cluster == Alone)
        {
            _alone = _alone.Merge(values);
            Distinct += values.Count;
            return;
        }

        Distinct += _counts[cluster] == 0 ? 1 : 0;
        _counts[cluster] += values.Count;
        _sums[cluster] += values.Count * values.Mean;
    }

    /// <summary>
    /// The variance of the mean: that of independent values times the design effect, and no less than the spread of the clusters about the mean that
    /// is compared with, as far as it may be this one's too. What differs is then tested as if it might not (Cameron, Gelbach and Miller 2008), without
    /// which few clusters, and rare hits that come together, look certain. Where each value is a cluster of its own it is <paramref name="independent"/>.
    /// </summary>
    /// <param name="independent">The variance if the values were independent.</param>
    /// <param name="other">The mean that is compared with; NaN for the own one.</param>
    /// <param name="isShare">The values are of 0 to 1.</param>
    public double VarianceOfMean(double independent, double other, bool isShare)
    {
        if (!IsClustered)
            return independent;
        double spread = Math.Max(independent * DesignEffect(other), About(Rows.Mean));
        if (double.IsNaN(other) || Distinct < 2)
            return spread;
        double far = Bound * Math.Sqrt(spread);
        (double low, double high) = isShare
            ? (1 - Proportions.WilsonUpper(1 - Rows.Mean, Distinct, Bound), Proportions.WilsonUpper(Rows.Mean, Distinct, Bound))
            : (Rows.Mean - far, Rows.Mean + far);
        double wider = About(Math.Clamp(other, low, high));
        return wider > spread ? wider : spread;
    }

    /// <summary>The mean of the clusters' own means, each cluster counting once; NaN without any.</summary>
    public double MeanOfClusters => (_counts.Zip(_sums, (count, sum) => count > 0 ? sum / count : 0).Sum() + (_alone.Count * _alone.Mean)) / Distinct;

    /// <summary>Whether some cluster has more than one value.</summary>
    public bool IsClustered => Distinct < Rows.Count;

    /// <summary>
    /// How many times the variance of the mean is what it would be were the values independent (Kish's design effect), 1 at least. Both variances are
    /// taken as if there were one cluster, or one value, more, of average size and with the mean <paramref name="other"/>: few clusters without any
    /// spread among them are then as uncertain as their number, not as that of their values.
    /// </summary>
    /// <param name="other">The mean that the values' own is compared with; NaN for the own one.</param>
    public double DesignEffect(double other)
    {
        if (!IsClustered)
            return 1;
        double size = Rows.Count / (double)Distinct, more = double.IsNaN(other) ? Rows.Mean : other;
        double mean = Rows.Mean + ((more - Rows.Mean) * size / (Rows.Count + size));
        double clustered = (Distinct + 1.0) / Distinct * (SquaresAbout(mean) + Square(size * (more - mean))) / Square(Rows.Count + size);
        double effect = clustered / Rows.VarianceOfMeanWith(more);
        return effect > 1 && double.IsFinite(effect) ? effect : 1;
    }

    /// <summary>Variance of the mean by the clusters' residuals; 0 where it is no number.</summary>
    private double About(double mean)
    {
        double variance = Distinct < 2 ? 0 : Distinct / (Distinct - 1.0) * SquaresAbout(mean) / Square(Rows.Count);
        return double.IsFinite(variance) ? variance : 0;
    }

    private double SquaresAbout(double mean)
    {
        double squares = _alone.SquaredDeviations + (_alone.Count * Square(_alone.Mean - mean));
        for (int i = 0; i < _counts.Length; i++)
            squares += Square(_sums[i] - (mean * _counts[i]));
        return squares;
    }

    private static double Square(double value) => value * value;
}
