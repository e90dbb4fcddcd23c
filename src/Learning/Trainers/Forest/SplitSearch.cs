using System.Numerics;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>The best way found to divide a node.</summary>
/// <param name="Low">The last bin that goes left.</param>
/// <param name="High">The first bin of a row that does not; any cut between the two divides the node alike.</param>
internal readonly record struct ForestSplit(double Score, int Feature, int Low, int High, bool MissingLeft);

/// <summary>
/// Looks for the cut of a feature that leaves the least impurity. Only bins that the node's rows are in are visited, so that a small node
/// costs what its rows cost and not what its histogram would: a full tree has mostly small nodes. Not thread-safe.
/// </summary>
internal abstract class SplitSearch(ForestData data)
{
    /// <summary>
    /// A side is a difference of sums: with less than this share of its node's weight it would be mostly what rounding left over, and
    /// its score anything.
    /// </summary>
    private const double LeastShare = 1e-9;

    private readonly ulong[] _touched = new ulong[4];

    protected ForestData Data => data;

    /// <summary>Rows on the left of the cut that is looked at.</summary>
    protected int LeftRows { get; set; }

    protected int Rows { get; private set; }

    /// <summary>By feature and bin: where the order has it in which bins are cut (<see cref="LevelOrder"/>).</summary>
    protected byte[][] Places { get; private set; } = [];

    /// <summary>All rows go one way whatever is asked.</summary>
    public abstract bool IsPure { get; }

    /// <summary>Of the node undivided, in the unit of <see cref="ForestSplit.Score"/>.</summary>
    public abstract double NodeScore { get; }

    public abstract double Weight { get; }

    /// <summary>Of the rows on the left of the cut that is looked at.</summary>
    protected abstract double LeftWeight { get; }

    /// <summary>Takes the rows of a node.</summary>
    public void Begin(ReadOnlySpan<ForestRow> rows)
    {
        Rows = rows.Length;
        Total(rows);
    }

    /// <summary>Writes what a leaf of the node's rows answers.</summary>
    public abstract void Leaf(Span<double> values);

    /// <summary>Looks at one feature of the node; a better split replaces the best.</summary>
    /// <param name="places"><see cref="Places"/></param>
    /// <param name="random">Draws the cut of extra trees.</param>
    public void Try(int feature, byte[][] places, ReadOnlySpan<ForestRow> rows, SeededRandom random, ref ForestSplit? best)
    {
        Places = places;
        FeatureBins bins = data.Features[feature];
        Sort(rows, feature, _touched);
        bool missing = Has(bins.Missing);
        (int first, int last) = (Next(0, bins.Count), Last(bins.Count));
        if (first < last && data.Options.Random)
            TryOne(feature, CutDraw.Of(bins, first, last, random), bins, missing, ref best);
        else if (first < last || (first == last && missing))
            TryAll(feature, bins, missing, ref best);
        Clear();
    }

    /// <summary>Sums the node up.</summary>
    protected abstract void Total(ReadOnlySpan<ForestRow> rows);

    /// <summary>Brings the rows of each bin together and marks the bins that have some.</summary>
    protected abstract void Sort(ReadOnlySpan<ForestRow> rows, int feature, ulong[] touched);

    /// <summary>Forgets a bin of the feature that was looked at.</summary>
    protected abstract void Clear(int bin);

    /// <summary>Everything is right again.</summary>
    protected abstract void Reset();

    /// <summary>A bin goes left.</summary>
    protected abstract void Take(int bin);

    /// <summary>Of the two sides as they are: higher is better.</summary>
    protected abstract double Score();

    private void TryAll(int feature, FeatureBins bins, bool missing, ref ForestSplit? best)
    {
        Scan(feature, bins, false, missing, ref best);
        if (missing)
            Scan(feature, bins, true, missing, ref best);
    }

    private void Scan(int feature, FeatureBins bins, bool missingLeft, bool missing, ref ForestSplit? best)
    {
        Reset();
        if (missingLeft)
            Take(bins.Missing);
        int low = Next(0, bins.Count);
        for (int high = low; low >= 0; low = high)
        {
            Take(low);
            high = Next(low + 1, bins.Count);
            if (high >= 0 || (missing && !missingLeft))
                Keep(new ForestSplit(Score(), feature, low, high < 0 ? bins.Count : high, missingLeft), ref best);
        }
    }

    private void TryOne(int feature, int cut, FeatureBins bins, bool missing, ref ForestSplit? best)
    {
        for (int side = 0; side < (missing ? 2 : 1); side++)
        {
            Reset();
            if (side == 1)
                Take(bins.Missing);
            for (int bin = Next(0, cut + 1); bin >= 0; bin = Next(bin + 1, cut + 1))
                Take(bin);
            Keep(new ForestSplit(Score(), feature, cut, cut + 1, side == 1), ref best);
        }
    }

    private void Keep(ForestSplit split, ref ForestSplit? best)
    {
        int least = data.Options.MinLeafRows;
        if (LeftRows >= least && Rows - LeftRows >= least && BothWeigh() && split.Score > (best?.Score ?? double.NegativeInfinity))
            best = split;
    }

    private bool BothWeigh()
    {
        double least = LeastShare * Weight;
        return LeftWeight > least && Weight - LeftWeight > least;
    }

    private void Clear()
    {
        for (int bin = Next(0, 256); bin >= 0; bin = Next(bin + 1, 256))
            Clear(bin);
        Array.Clear(_touched);
    }

    private bool Has(int bin) => ((_touched[bin >> 6] >> bin) & 1) != 0;

    /// <summary>The first touched bin of [from, end), or -1.</summary>
    protected int Next(int from, int end)
    {
        for (int word = from >> 6; word < 4; word++)
        {
            ulong bits = _touched[word] & (word == from >> 6 ? ulong.MaxValue << from : ulong.MaxValue);
            if (bits == 0)
                continue;
            int bin = (word << 6) + BitOperations.TrailingZeroCount(bits);
            return bin < end ? bin : -1;
        }

        return -1;
    }

    /// <summary>The last touched bin below the end, or -1.</summary>
    private int Last(int end)
    {
        for (int word = (end - 1) >> 6; word >= 0; word--)
        {
            ulong bits = _touched[word] & (word == (end - 1) >> 6 ? ulong.MaxValue >> (63 - ((end - 1) & 63)) : ulong.MaxValue);
            if (bits != 0)
                return (word << 6) + BitOperations.Log2(bits);
        }

        return -1;
    }
}
