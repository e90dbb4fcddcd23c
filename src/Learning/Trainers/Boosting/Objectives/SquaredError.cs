using System.Runtime.CompilerServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Half the squared error of the target in standard deviations, so that least gain and float gradients mean the same for every unit.</summary>
internal sealed class SquaredError(TargetRows target) : Objective
{
    private readonly TargetUnit _unit = TargetUnit.Of(target);

    public override int Outputs => 1;

    public override double Scale => _unit.Deviation;

    public override double[] Start => [_unit.Mean / _unit.Deviation];

    /// <summary>Root mean squared error in the target's unit.</summary>
    public override double Shown(double meanLoss) => Math.Sqrt(meanLoss) * _unit.Deviation;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Gradients(double[] scores, TargetRows rows, Span<GradientPair> gradients, int from, int to)
    {
        double[] values = rows.Values;
        double scale = 1 / _unit.Deviation;
        for (int i = from; i < to; i++)
            gradients[i] = new GradientPair((float)(scores[i] - (values[i] * scale)), 1);
    }

    protected override void Losses(double[] scores, TargetRows rows, int from, Span<double> losses)
    {
        for (int i = 0; i < losses.Length; i++)
        {
            double residual = scores[from + i] - (rows.Values[from + i] / _unit.Deviation);
            losses[i] = residual * residual;
        }
    }
}

/// <summary>Mean and standard deviation of a target; a constant one has deviation 1.</summary>
internal readonly record struct TargetUnit(double Mean, double Deviation)
{
    public static TargetUnit Of(TargetRows target)
    {
        double mean = target.Mean();
        double largest = target.Values.Max(t => Math.Abs(t - mean));
        if (!double.IsFinite(largest))
            throw MlOpsException.Invalid("training-target", "the values of the target add up beyond what a number holds: divide them by a power of ten");
        if (largest == 0)
            return new(mean, 1);
        // Squares of the largest and the smallest numbers are none; by a power of two nothing is rounded.
        int exponent = Math.ILogB(largest);
        double variance = target.Sum(t => Square(Math.ScaleB(t - mean, -exponent))) / target.TotalWeight;
        return new(mean, variance > 0 ? Math.ScaleB(Math.Sqrt(variance), exponent) : 1);
    }

    private static double Square(double number) => number * number;
}
