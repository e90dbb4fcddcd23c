namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Counts, and other targets of 0 or more: the score is the logarithm of the mean, the loss the negative log likelihood of a Poisson law
/// without what no model changes. Steps are held back as XGBoost's max_delta_step, or a leaf of much more than was predicted would overshoot.
/// </summary>
internal sealed class PoissonLoss : Objective
{
    /// <summary>Beyond any float's square root, and with it whatever a gradient is used for.</summary>
    private const double LargestMean = 1e15;

    private readonly double _start;

    /// <exception cref="MlOpsException">Invalid <c>training-target</c>: a value is negative or above 1e15, or all are 0.</exception>
    public PoissonLoss(TargetRows target, string name)
    {
        int negative = Array.FindIndex(target.Values, t => t < 0);
        if (negative >= 0)
            throw Invalid($"target '{name}' is {target.Values[negative]:R} in row {negative + 1}, objective poisson needs 0 or more: use another objective");
        int large = Array.FindIndex(target.Values, t => t > LargestMean);
        if (large >= 0)
            throw Invalid($"target '{name}' is {target.Values[large]:R} in row {large + 1}, objective poisson takes up to {LargestMean:R}: divide the target by a power of ten");
        double mean = target.Mean();
        if (mean <= 0)
            throw Invalid($"target '{name}' is 0 in all rows that count, objective poisson needs a mean above 0");
        _start = Math.Log(mean);
    }

    public override int Outputs => 1;

    public override double[] Start => [_start];

    public override double HessianAtStart(int output) => Math.Exp(_start);

    public override OutputLink? Link => OutputLink.Exponential;

    public override double LargestStep => 0.7;

    protected override void Gradients(double[] scores, TargetRows rows, Span<GradientPair> gradients, int from, int to)
    {
        Span<double> block = stackalloc double[BlockMath.Rows];
        for (int at = from; at < to; at += block.Length)
        {
            Span<double> means = block[..Math.Min(block.Length, to - at)];
            scores.AsSpan(at, means.Length).CopyTo(means);
            BlockMath.Exp(means);
            for (int i = 0; i < means.Length; i++)
            {
                double mean = Math.Min(means[i], LargestMean);
                gradients[at + i] = new GradientPair((float)(mean - rows.Values[at + i]), (float)Math.Max(mean, LeastHessian));
            }
        }
    }

    protected override void Losses(double[] scores, TargetRows rows, int from, Span<double> losses)
    {
        scores.AsSpan(from, losses.Length).CopyTo(losses);
        BlockMath.Exp(losses);
        for (int i = 0; i < losses.Length; i++)
            losses[i] -= rows.Values[from + i] * scores[from + i];
    }

    private static MlOpsException Invalid(FormattableString message) => MlOpsException.Invalid("training-target", FormattableString.Invariant(message));
}
