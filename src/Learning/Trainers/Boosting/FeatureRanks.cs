namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Numbers as ranks among the thresholds that an ensemble has for their feature: how many are below. A number is above a threshold exactly
/// where its rank is above the threshold's, so that a row is ranked once and its nodes compare whole numbers. A feature has two columns of
/// ranks, which differ where it is missing: in one that is the lowest rank, in the other the highest, so that nodes need not look.
/// </summary>
internal sealed class FeatureRanks
{
    /// <summary>Below <see cref="RankNode.Highest"/>, which is that of a missing value.</summary>
    private const int MaxThresholds = RankNode.Highest - 1;

    /// <summary>So that a column's number is one of two bytes.</summary>
    public const int MostInputs = RankNode.Highest / 2;

    private readonly double[][] _thresholds;

    private FeatureRanks(double[][] thresholds) => _thresholds = thresholds;

    /// <summary>Ranks of a row.</summary>
    public int Columns => 2 * _thresholds.Length;

    public long HeldBytes => MemorySize.Array(_thresholds) + _thresholds.Sum(MemorySize.Array);

    /// <summary>Null where there are more thresholds, or features, than ranks.</summary>
    /// <param name="thresholds">As of <see cref="Boosting.Thresholds"/>.</param>
    public static FeatureRanks? Of(double[][] thresholds) =>
        thresholds.Length > MostInputs || thresholds.Any(t => t.Length > MaxThresholds) ? null : new FeatureRanks(thresholds);

    /// <summary>The column of a feature's ranks in which a missing value goes the way that a node has for it.</summary>
    public static int Column(int input, bool missingLeft) => (2 * input) + (missingLeft ? 0 : 1);

    /// <summary>The rank of one of the thresholds.</summary>
    public int Of(int input, double threshold) => Below(_thresholds[input], threshold);

    /// <param name="row">The numbers.</param>
    /// <param name="ranks"><see cref="Columns"/> of them.</param>
    public void Rank(ReadOnlySpan<double> row, Span<ushort> ranks)
    {
        for (int input = 0; input < _thresholds.Length; input++)
        {
            double x = row[input];
            if (_thresholds[input] is { Length: > 0 } thresholds)
                (ranks[2 * input], ranks[(2 * input) + 1]) = double.IsNaN(x) ? ((ushort)0, (ushort)RankNode.Highest) : Twice(Below(thresholds, x));
        }
    }

    private static (ushort Rank, ushort Same) Twice(int rank) => ((ushort)rank, (ushort)rank);

    /// <summary>How many thresholds are below x, by halving without a direction to guess.</summary>
    private static int Below(ReadOnlySpan<double> thresholds, double x)
    {
        int from = 0;
        int length = thresholds.Length;
        while (length > 1)
        {
            int half = length / 2;
            from += thresholds[from + half - 1] < x ? half : 0;
            length -= half;
        }

        return from + (thresholds[from] < x ? 1 : 0);
    }
}
