using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>For each cut of each feature what the best cut of each of its sides by another feature gains.</summary>
internal sealed class SideGains(int features)
{
    private const int Slots = 2 * CoarseRows.Levels;

    private readonly double[] _best = new double[features * Slots];

    /// <summary>Of both sides together.</summary>
    public double Of(int feature, int cut) => _best[(feature * Slots) + cut] + _best[(feature * Slots) + CoarseRows.Levels + cut];

    /// <param name="found">By one other feature: the left sides of all cuts, then the right ones.</param>
    public void Take(int feature, ReadOnlySpan<double> found)
    {
        Span<double> best = _best.AsSpan(feature * Slots, Slots);
        for (int i = 0; i < best.Length; i++)
            best[i] = Math.Max(best[i], found[i]);
    }
}

/// <summary>
/// Sums up each pair of features in a table of 8 by 8 levels and scores the four quadrants around each of its points, which are the leaves of both
/// trees of two levels with these cuts: either feature may be the root. Rows that miss one of the two are in no quadrant. Items of work are
/// features, and what they find is brought together in the features' order, so that the threads do not show.
/// </summary>
internal sealed class PairScreen(CoarseRows rows, LeafPenalty penalty, double leastWeight)
{
    private const int Levels = CoarseRows.Levels;

    private const int Cuts = CoarseRows.Cuts;

    /// <summary>A row of a table: the levels, the missing ones and padding.</summary>
    private const int Run = 16;

    private const int TableSize = (Levels + 1) * Run;

    /// <summary>Tables that one pass over the rows fills.</summary>
    private const int Together = 4;

    /// <summary>Left and right sides of both features' cuts.</summary>
    private const int Found = 4 * Levels;

    /// <summary>
    /// Quadrants of a few rows say little of the tree's: at least so many, counted by their share of the hessian, and more where few gradients
    /// are most of the sum (rare classes, targets of many zeros), which chance gathers in a small quadrant more often than <see cref="CoarseRows.Noise"/> tells.
    /// </summary>
    private const int LeastRows = 20;

    private readonly double _least = Math.Max(leastWeight, LeastRows * rows.Tails * rows.Weight / rows.Count);

    public void Fill(SideGains gains, Workers workers)
    {
        int features = rows.Features.Length;
        var found = new double[features - 1][];
        workers.Run(features - 1, first => found[first] = Screen(first));
        for (int first = 0; first < features - 1; first++)
        {
            for (int second = first + 1; second < features; second++)
            {
                ReadOnlySpan<double> of = found[first].AsSpan((second - first - 1) * Found, Found);
                gains.Take(first, of[..(Found / 2)]);
                gains.Take(second, of[(Found / 2)..]);
            }
        }
    }

    /// <summary>Of the feature with each that comes after it.</summary>
    private double[] Screen(int first)
    {
        int seconds = rows.Features.Length - first - 1;
        var found = new double[seconds * Found];
        Span<long> tables = stackalloc long[Together * TableSize];
        for (int from = 0; from < seconds; from += Together)
        {
            // Where fewer are left the last ones are taken once more.
            int second = first + 1 + Math.Max(0, Math.Min(from, seconds - Together)), some = Math.Min(Together, seconds);
            tables.Clear();
            if (some == Together)
                AddFour(rows.LevelsOf(first), second, tables);
            else
                AddFew(rows.LevelsOf(first), second, some, tables);
            for (int k = 0; k < some; k++)
                Score(tables.Slice(k * TableSize, TableSize), found.AsSpan((second + k - first - 1) * Found, Found));
        }

        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void AddFour(ReadOnlySpan<byte> first, int second, Span<long> tables)
    {
        int count = first.Length;
        fixed (byte* a = first, b = rows.LevelsOf(second), c = rows.LevelsOf(second + 1), d = rows.LevelsOf(second + 2), e = rows.LevelsOf(second + 3))
        fixed (long* words = rows.Words, table = tables)
        {
            for (int i = 0; i < count; i++)
            {
                long word = words[i];
                long* run = table + (a[i] * Run);
                run[b[i]] += word;
                run[TableSize + c[i]] += word;
                run[(2 * TableSize) + d[i]] += word;
                run[(3 * TableSize) + e[i]] += word;
            }
        }
    }

    private void AddFew(ReadOnlySpan<byte> first, int second, int some, Span<long> tables)
    {
        for (int k = 0; k < some; k++)
        {
            Span<long> table = tables.Slice(k * TableSize, TableSize);
            ReadOnlySpan<byte> levels = rows.LevelsOf(second + k);
            for (int i = 0; i < levels.Length; i++)
                table[(first[i] * Run) + levels[i]] += rows.Words[i];
        }
    }

    /// <summary>What the sides of each cut gain by the other feature: the first's left ones, its right ones, then the second's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(Span<long> table, Span<double> found)
    {
        Span<double> gradients = stackalloc double[Levels * Levels], hessians = stackalloc double[Levels * Levels];
        SumUp(table, gradients, hessians);
        found.Fill(double.NegativeInfinity);
        for (int cut = 0; cut < Cuts; cut++)
        {
            for (int at = 0; at < Levels; at += Vector256<double>.Count)
                Score(cut, at, gradients, hessians, found);
        }

        int last = Cuts * Levels;
        (double gradient, double hessian) = (gradients[^1], hessians[^1]);
        for (int cut = 0; cut < Levels; cut++)
        {
            (double up, double upWeight) = (gradients[(cut * Levels) + Cuts], hessians[(cut * Levels) + Cuts]);
            (double left, double leftWeight) = (gradients[last + cut], hessians[last + cut]);
            found[cut] = Gain(found[cut], up, upWeight);
            found[Levels + cut] = Gain(found[Levels + cut], gradient - up, hessian - upWeight);
            found[(2 * Levels) + cut] = Gain(found[(2 * Levels) + cut], left, leftWeight);
            found[(3 * Levels) + cut] = Gain(found[(3 * Levels) + cut], gradient - left, hessian - leftWeight);
        }
    }

    /// <summary>One cut of the first feature with four of the second; what leaves too little in a quadrant is none, as behind the last level.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Score(int cut, int at, ReadOnlySpan<double> gradients, ReadOnlySpan<double> hessians, Span<double> found)
    {
        Quadrant upLeft = new(Load(gradients, (cut * Levels) + at), Load(hessians, (cut * Levels) + at));
        Quadrant up = new(Vector256.Create(gradients[(cut * Levels) + Cuts]), Vector256.Create(hessians[(cut * Levels) + Cuts]));
        Quadrant left = new(Load(gradients, (Cuts * Levels) + at), Load(hessians, (Cuts * Levels) + at));
        Quadrant all = new(Vector256.Create(gradients[^1]), Vector256.Create(hessians[^1]));
        Quadrant upRight = up.Without(upLeft), downLeft = left.Without(upLeft), downRight = all.Without(up).Without(downLeft);
        Vector256<double> a = Score(upLeft), b = Score(upRight), c = Score(downLeft), d = Score(downRight);
        found[cut] = Math.Max(found[cut], Largest(a + b));
        found[Levels + cut] = Math.Max(found[Levels + cut], Largest(c + d));
        Vector256.Max(Load(found, (2 * Levels) + at), a + c).CopyTo(found[((2 * Levels) + at)..]);
        Vector256.Max(Load(found, (3 * Levels) + at), b + d).CopyTo(found[((3 * Levels) + at)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<double> Score(Quadrant of)
    {
        Vector256<double> gradient = penalty.Shrink(of.Gradient);
        return Vector256.ConditionalSelect(
            Vector256.GreaterThanOrEqual(of.Hessian, Vector256.Create(_least)),
            gradient * gradient / (of.Hessian + Vector256.Create(penalty.L2)),
            Vector256.Create(double.NegativeInfinity));
    }

    private double Gain(double score, double gradient, double hessian) => Math.Max(0, score - penalty.Score(Vector128.Create(gradient, hessian)));

    /// <summary>Sums of all cells up to each, those of missing levels left out.</summary>
    private void SumUp(Span<long> table, Span<double> gradients, Span<double> hessians)
    {
        for (int row = 0; row < Levels; row++)
        {
            long sum = 0;
            for (int column = 0; column < Levels; column++)
            {
                sum += table[(row * Run) + column];
                long word = sum + (row > 0 ? table[((row - 1) * Run) + column] : 0);
                table[(row * Run) + column] = word;
                gradients[(row * Levels) + column] = (word >> 32) * rows.Units.Gradient;
                hessians[(row * Levels) + column] = (int)word * rows.Units.Hessian;
            }
        }
    }

    private static Vector256<double> Load(ReadOnlySpan<double> from, int at) => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(from), (nuint)at);

    private static double Largest(Vector256<double> of) => Math.Max(Math.Max(of[0], of[1]), Math.Max(of[2], of[3]));

    private readonly record struct Quadrant(Vector256<double> Gradient, Vector256<double> Hessian)
    {
        public Quadrant Without(Quadrant part) => new(Gradient - part.Gradient, Hessian - part.Hessian);
    }
}
