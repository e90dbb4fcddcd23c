using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Looks one level further than the greedy split of a tree's root. What two numbers do only together (a product of centred ones, an exclusive or)
/// gains nothing by a cut of either, so greedy trees find it by chance alone. On drawn rows and in coarse levels each cut of each number is taken
/// for the root and gains what itself and the best cuts of its two sides by any other number gain together, all of them from the sums of one small
/// table a pair, by quadrants (FAST: Lou, Caruana, Gehrke, Hooker 2013, "Accurate intelligible models with pairwise interactions"). Looking ahead
/// without a bound makes trees worse as often as better (Murthy and Salzberg 1995), so the root stays greedy unless another one gains more by
/// what chance alone would hardly give (<see cref="Bound"/>). Numbers only: no categories, no monotone features.
/// </summary>
internal sealed class LookAhead(GrowerData data)
{
    /// <summary>By name; the first is the default.</summary>
    public static IReadOnlyList<string> Ways { get; } = ["pairs", "none"];

    /// <summary>Rows of a tree that are looked at, at most: an interaction worth a tree's root shows in fewer, and other rows are drawn for each tree.</summary>
    private const int MostRows = 4096;

    /// <summary>Of fewer rows hardly anything passes the bound.</summary>
    private const int LeastRows = 512;

    /// <summary>Numbers of a tree that are looked at, at most; of more, so many are drawn for each tree, since pairs grow by the square.</summary>
    private const int MostFeatures = 64;

    /// <summary>The chance that <see cref="Bound"/> leaves to what is none.</summary>
    private const double Level = 0.01;

    /// <summary>Below so many updates handing work to other threads costs more than it saves.</summary>
    private const long SmallWork = 100_000;

    /// <summary>Used again by the next tree.</summary>
    private byte[] _levels = [];

    /// <summary>The root's split, or a better one. One call at a time.</summary>
    /// <param name="greedy">The split of most gain; null when no single cut gains anything.</param>
    public Split? Choose(Node root, Split? greedy, SplitFinder finder, TreeTask task, Workers workers)
    {
        int[] features = Candidates(task);
        long pairs = (long)features.Length * (features.Length - 1) / 2;
        if (task.Rows.Length < LeastRows || pairs == 0)
            return greedy;
        CoarseRows rows = CoarseRows.Draw(data, task, root, features, (int)Math.Min(Affordable(task) / pairs, Math.Min(MostRows, task.Rows.Length)), ref _levels);
        if (rows.Weight <= 0)
            return greedy;
        double share = rows.Weight / root.Sum[1];
        var gains = new SideGains(features.Length);
        new PairScreen(rows, Scaled(share), finder.LeastWeight(root) * share).Fill(gains, pairs * rows.Count >= SmallWork ? workers : workers.Single());

        (double total, double greedyTotal, int feature, int bin) = Best(root, greedy, rows, gains, share);
        return feature >= 0 && total - greedyTotal > Bound(pairs) * rows.Noise ? finder.At(root, feature, bin) ?? greedy : greedy;
    }

    /// <summary>
    /// In units of what a cut gains by chance, whose law is about chi-square with one degree: what the largest of all cuts of all pairs passes with
    /// a chance of at most <see cref="Level"/> (P(chi2 > x) is below exp(-x / 2), by Bonferroni for each of them).
    /// </summary>
    private static double Bound(long pairs) => 2 * Math.Log(pairs * CoarseRows.Cuts * CoarseRows.Cuts / Level);

    /// <summary>Updates of tables: as many as one pass over the tree's rows takes, of which growing it takes about one for each two levels.</summary>
    private static long Affordable(TreeTask task) => (long)task.Rows.Length * task.Features.Length;

    /// <summary>So many numbers that their pairs can be summed over <see cref="LeastRows"/>.</summary>
    private int[] Candidates(TreeTask task)
    {
        int[] numbers = [.. task.Features.Where(f => data.Features[f] is NumberBins { Divides: true } && (data.Monotone is null || data.Monotone[f] == 0))];
        int most = (int)Math.Min(MostFeatures, Math.Sqrt(2.0 * Affordable(task) / LeastRows));
        return numbers.Length <= most ? numbers : [.. task.Random.Sample(numbers.Length, most).Select(i => numbers[i])];
    }

    /// <summary>The penalties for so large a part of the rows: then gains are that part of the whole ones.</summary>
    private LeafPenalty Scaled(double share) => new(data.Options.L1 * share, data.Options.L2 * share);

    /// <summary>The cut of most gain in two levels, and that gain of the greedy split: its own with the sides' of the cuts next to it. Equal gains go to the earlier feature, then to the earlier cut.</summary>
    private (double Total, double GreedyTotal, int Feature, int Bin) Best(Node root, Split? greedy, CoarseRows rows, SideGains gains, double share)
    {
        (double best, double greedySides, double single, int feature, int bin) = (double.NegativeInfinity, -1, 0, -1, 0);
        for (int i = 0; i < rows.Features.Length; i++)
        {
            for (int cut = 0; cut < rows.LastBins[i].Length; cut++)
            {
                double alone = share * Gain(root, rows.Features[i], rows.LastBins[i][cut]);
                double total = alone + gains.Of(i, cut);
                single = Math.Max(single, alone);
                if (rows.Features[i] == greedy?.Feature && IsNextTo(greedy.Bin, rows.LastBins[i], cut))
                    greedySides = Math.Max(greedySides, gains.Of(i, cut));
                if (total > best)
                    (best, feature, bin) = (total, rows.Features[i], rows.LastBins[i][cut]);
            }
        }

        if (greedy is null)
            return (best, 0, feature, bin);
        // No candidate, a category say: its sides are taken to gain what the best candidate gains alone.
        return (best, (share * greedy.Gain) + (greedySides < 0 ? single : greedySides), feature, bin);
    }

    /// <summary>Whether no other cut is between this one and the bin.</summary>
    private static bool IsNextTo(int bin, int[] lastBins, int cut) =>
        bin <= lastBins[cut] ? cut == 0 || bin >= lastBins[cut - 1] : cut + 1 == lastBins.Length || bin <= lastBins[cut + 1];

    /// <summary>Of the cut behind a bin, on all rows of the root; missing ones go right.</summary>
    private double Gain(Node root, int feature, int lastBin)
    {
        var penalty = new LeafPenalty(data.Options.L1, data.Options.L2);
        Vector128<double> left = default;
        foreach (Vector128<double> bin in root.Histogram.AsSpan(data.Layout.Offsets[feature], lastBin + 1))
            left += bin;
        return penalty.Score(left) + penalty.Score(root.Sum - left) - penalty.Score(root.Sum);
    }
}
