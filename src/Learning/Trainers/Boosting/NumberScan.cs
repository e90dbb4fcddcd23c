using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Scores every threshold of a number, four at a time, where leaves have no bounds. Two leaves' scores are brought onto one denominator,
/// since dividing is what takes longest.
/// </summary>
internal readonly ref struct NumberScan
{
    private const int Lanes = 4;

    private readonly Span<double> _gradients;
    private readonly Span<double> _hessians;
    private readonly LeafPenalty _penalty;
    private readonly double _leastWeight;

    /// <param name="buffer">At least <see cref="BufferLength"/> numbers to work on.</param>
    public NumberScan(Span<double> buffer, LeafPenalty penalty, double leastWeight)
    {
        _gradients = buffer[..(BufferLength / 2)];
        _hessians = buffer[(BufferLength / 2)..];
        _penalty = penalty;
        _leastWeight = leastWeight;
    }

    public const int BufferLength = 2 * (256 + Lanes);

    /// <summary>Sums up a feature's bins from the first on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Load(ReadOnlySpan<Vector128<double>> bins)
    {
        Vector128<double> sum = default;
        for (int i = 0; i < bins.Length; i++)
        {
            sum += bins[i];
            _gradients[i] = sum[0];
            _hessians[i] = sum[1];
        }
    }

    /// <summary>Of the bins up to and with this one.</summary>
    public Vector128<double> LeftSum(int bin) => Vector128.Create(_gradients[bin], _hessians[bin]);

    /// <summary>The best of the first thresholds: those with the bins up to and with it, and what <paramref name="more"/> holds, on the left. The first of equals. Overwrites what is loaded behind them.</summary>
    /// <returns>Score negative infinity where no threshold leaves enough on both sides.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (double Score, int Bin) Best(int thresholds, Vector128<double> more, Vector128<double> sum)
    {
        // Beyond the last there is nothing on the right, whose hessian is too small then.
        _gradients.Slice(thresholds, Lanes).Clear();
        _hessians.Slice(thresholds, Lanes).Fill(double.PositiveInfinity);
        Vector256<double> best = Vector256.Create(double.NegativeInfinity), at = default, index = Vector256.Create(0.0, 1, 2, 3);
        for (int i = 0; i < thresholds; i += Lanes, index += Vector256.Create((double)Lanes))
        {
            Vector256<double> score = Score(i, more, sum);
            Vector256<double> better = Vector256.GreaterThan(score, best);
            best = Vector256.ConditionalSelect(better, score, best);
            at = Vector256.ConditionalSelect(better, index, at);
        }

        return First(best, at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<double> Score(int i, Vector128<double> more, Vector128<double> sum)
    {
        Vector256<double> gradientL = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(_gradients), (nuint)i) + Vector256.Create(more[0]);
        Vector256<double> hessianL = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(_hessians), (nuint)i) + Vector256.Create(more[1]);
        Vector256<double> hessianR = Vector256.Create(sum[1]) - hessianL;
        Vector256<double> left = _penalty.Shrink(gradientL), right = _penalty.Shrink(Vector256.Create(sum[0]) - gradientL);
        Vector256<double> weightL = hessianL + Vector256.Create(_penalty.L2), weightR = hessianR + Vector256.Create(_penalty.L2);
        Vector256<double> score = ((left * left * weightR) + (right * right * weightL)) / (weightL * weightR);
        Vector256<double> least = Vector256.Create(_leastWeight);
        Vector256<double> enough = Vector256.GreaterThanOrEqual(hessianL, least) & Vector256.GreaterThanOrEqual(hessianR, least);
        return Vector256.ConditionalSelect(enough, score, Vector256.Create(double.NegativeInfinity));
    }

    private static (double Score, int Bin) First(Vector256<double> best, Vector256<double> at)
    {
        (double score, double bin) = (best[0], at[0]);
        for (int lane = 1; lane < Lanes; lane++)
        {
            if (best[lane] > score || (best[lane] == score && at[lane] < bin))
                (score, bin) = (best[lane], at[lane]);
        }

        return (score, (int)bin);
    }
}
