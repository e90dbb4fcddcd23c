using System.Runtime.CompilerServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Log loss of the softmax of the scores; target is the class. The hessian is the diagonal p (1 - p), as scikit-learn takes it; XGBoost doubles it, and then as many trees learn half as much.</summary>
internal sealed class SoftmaxLoss : Objective
{
    private readonly int _classes;

    /// <exception cref="MlOpsException">Invalid <c>training-weight</c>: a class has no rows of any weight.</exception>
    public SoftmaxLoss(TargetRows target, int classes)
    {
        _classes = classes;
        var weights = new double[classes];
        for (int row = 0; row < target.Count; row++)
            weights[(int)target.Values[row]] += target.Weight(row);
        if (target.Weights is not null && weights.Any(w => w <= 0))
            throw MlOpsException.Invalid("training-weight", "a class has no row with a weight above 0: drop the rows of this class, or weigh them");
        Start = [.. weights.Select(w => Math.Log(w / target.TotalWeight))];
    }

    public override int Outputs => _classes;

    public override double[] Start { get; }

    public override double HessianAtStart(int output) => Math.Exp(Start[output]) * (1 - Math.Exp(Start[output]));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Gradients(double[] scores, TargetRows rows, Span<GradientPair> gradients, int from, int to)
    {
        double[] block = new double[BlockMath.Rows * _classes];
        for (int at = from; at < to; at += BlockMath.Rows)
        {
            int count = Math.Min(BlockMath.Rows, to - at);
            Load(scores, rows.Count, at, count, block);
            BlockMath.Softmax(block, _classes);
            for (int k = 0; k < _classes; k++)
            {
                ReadOnlySpan<double> probabilities = block.AsSpan(k * BlockMath.Rows, count);
                Span<GradientPair> pairs = gradients.Slice((k * rows.Count) + at, count);
                ReadOnlySpan<double> classes = rows.Values.AsSpan(at, count);
                for (int i = 0; i < pairs.Length; i++)
                {
                    double p = probabilities[i];
                    pairs[i] = new GradientPair((float)(p - (classes[i] == k ? 1 : 0)), (float)Math.Max(p * (1 - p), LeastHessian));
                }
            }
        }
    }

    protected override void Losses(double[] scores, TargetRows rows, int from, Span<double> losses)
    {
        double[] block = new double[BlockMath.Rows * _classes];
        Load(scores, rows.Count, from, losses.Length, block);
        BlockMath.Softmax(block, _classes);
        for (int i = 0; i < losses.Length; i++)
            losses[i] = -Math.Log(Math.Max(block[((int)rows.Values[from + i] * BlockMath.Rows) + i], double.Epsilon));
    }

    private void Load(double[] scores, int rows, int from, int count, double[] block)
    {
        for (int k = 0; k < _classes; k++)
            scores.AsSpan((k * rows) + from, count).CopyTo(block.AsSpan(k * BlockMath.Rows));
    }
}
