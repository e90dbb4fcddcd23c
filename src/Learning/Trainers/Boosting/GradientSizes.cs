using System.Runtime.CompilerServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>How many derivatives there are of each power of two; counts add up to the same in any order.</summary>
internal sealed class GradientSizes
{
    private const int Exponents = 256;

    private readonly int[] _gradients = new int[Exponents];
    private readonly int[] _hessians = new int[Exponents];

    /// <summary>The exponent of a float as its bits have it: the number is below 2^(exponent - 126).</summary>
    public static int Exponent(float number) => (int)((BitConverter.SingleToUInt32Bits(number) >> 23) & 0xFF);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<GradientPair> pairs)
    {
        foreach (GradientPair pair in pairs)
        {
            _gradients[Exponent(pair.Gradient)]++;
            _hessians[Exponent(pair.Hessian)]++;
        }
    }

    /// <param name="rows">Of an output.</param>
    /// <exception cref="MlOpsException">Invalid <c>training-target</c>: a derivative is beyond a float.</exception>
    public static GradientScale Scale(IReadOnlyList<GradientSizes> parts, int rows)
    {
        var all = new GradientSizes();
        foreach (GradientSizes part in parts)
            all.Add(part);
        if (all._gradients[^1] + all._hessians[^1] > 0)
            throw MlOpsException.Invalid("training-target", "target and weights are too far apart for the derivatives of the loss: divide the target by a power of ten, or weigh rows less unequally");
        int bits = GradientPacking.Bits(rows);
        return new(GradientRange.Of(all._gradients, bits), GradientRange.Of(all._hessians, bits));
    }

    private void Add(GradientSizes more)
    {
        for (int i = 0; i < Exponents; i++)
        {
            _gradients[i] += more._gradients[i];
            _hessians[i] += more._hessians[i];
        }
    }
}

/// <summary>What the derivatives of a round are rounded to, and which rows are too large for that.</summary>
internal readonly record struct GradientScale(GradientRange Gradients, GradientRange Hessians)
{
    public GradientUnits Units => new(Gradients.Unit, Hessians.Unit);

    /// <summary>Whether a row stands so far beyond the others that it is summed apart from them.</summary>
    public bool IsHeavy(GradientPair pair) => GradientSizes.Exponent(pair.Gradient) > Gradients.Most || GradientSizes.Exponent(pair.Hessian) > Hessians.Most;
}

/// <param name="Most">The largest exponent of a float that is packed.</param>
/// <param name="Unit">A power of two.</param>
internal readonly record struct GradientRange(int Most, double Unit)
{
    private const int FewestHeavy = 16;
    private const int RowsAHeavyOne = 1024;

    /// <summary>So many bits nearer than this, and the rest gains too little by leaving the largest out.</summary>
    private const int LeastDistance = 3;

    /// <summary>Sums of doubles are exact below 2^53 units, one bit of which is for the rows that are packed.</summary>
    private const int ExactBits = 52;

    public static GradientRange Of(int[] counts, int bits)
    {
        int top = Math.Max(Array.FindLastIndex(counts, c => c > 0), 1), heavy = Math.Max(FewestHeavy, (int)(counts.Sum(c => (long)c) / RowsAHeavyOne));
        int most = MostPacked(counts, top, heavy);
        if (top - most <= LeastDistance)
            return new(top, Power(top - bits + 1));
        return new(most, Power(Math.Max(most - bits + 1, top + 2 + (int)Math.Log2(heavy) - ExactBits)));
    }

    private static int MostPacked(int[] counts, int top, int heavy)
    {
        for (int most = top; most > 1; most--)
        {
            heavy -= counts[most];
            if (heavy < 0)
                return most;
        }

        return 1;
    }

    private static double Power(int exponent) => Math.ScaleB(1, exponent - 127);
}
