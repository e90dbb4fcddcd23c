using System.Runtime.CompilerServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Log loss of the sigmoid of the score; target 0 or 1.</summary>
internal sealed class LogisticLoss : Objective
{
    private readonly double _start;
    private readonly double _share;

    /// <exception cref="MlOpsException">Invalid <c>training-weight</c>: only one class has rows of any weight.</exception>
    public LogisticLoss(TargetRows target)
    {
        double share = target.Mean();
        if (share is <= 0 or >= 1)
            throw MlOpsException.Invalid("training-weight", "all rows with a weight above 0 are of one class, so there is nothing to learn: check the weights");
        (_share, _start) = (share, Math.Log(share / (1 - share)));
    }

    public override int Outputs => 1;

    public override double[] Start => [_start];

    public override double HessianAtStart(int output) => _share * (1 - _share);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Gradients(double[] scores, TargetRows rows, Span<GradientPair> gradients, int from, int to)
    {
        Span<double> block = stackalloc double[BlockMath.Rows];
        double[] values = rows.Values;
        for (int at = from; at < to; at += block.Length)
        {
            Span<double> probabilities = block[..Math.Min(block.Length, to - at)];
            BlockMath.Sigmoid(scores.AsSpan(at, probabilities.Length), probabilities);
            for (int i = 0; i < probabilities.Length; i++)
            {
                double p = probabilities[i];
                gradients[at + i] = new GradientPair((float)(p - values[at + i]), (float)Math.Max(p * (1 - p), LeastHessian));
            }
        }
    }

    protected override void Losses(double[] scores, TargetRows rows, int from, Span<double> losses)
    {
        for (int i = 0; i < losses.Length; i++)
            losses[i] = rows.Values[from + i] > 0.5 ? -scores[from + i] : scores[from + i];
        BlockMath.SoftPlus(losses);
    }
}
