namespace MlOps.Learning.Trainers.Boosting;

/// <summary>A loss to boost on. Scores and gradients are output-major: those of output k and row i are at k * rows + i.</summary>
internal abstract class Objective
{
    /// <summary>A hessian of zero would let one row decide a leaf alone.</summary>
    protected const double LeastHessian = 1e-16;

    /// <summary>Trees a round.</summary>
    public abstract int Outputs { get; }

    /// <summary>What a unit of the scores is in the unit that the model adds up in.</summary>
    public virtual double Scale => 1;

    /// <summary>The constant scores, before <see cref="Scale"/>, that the first tree improves on.</summary>
    public abstract double[] Start { get; }

    /// <summary>The hessian of a row of weight 1 at <see cref="Start"/>.</summary>
    public virtual double HessianAtStart(int output) => 1;

    /// <summary>From the sum of a model to its prediction; null: by the task.</summary>
    public virtual OutputLink? Link => null;

    /// <summary>The most a leaf may be worth before the learning rate.</summary>
    public virtual double LargestStep => double.PositiveInfinity;

    /// <summary>Whether <see cref="LeafValue"/> knows better than the derivatives what a leaf is worth.</summary>
    public virtual bool HasLeafValues => false;

    /// <summary>Weighted derivatives of the loss for rows [from, to).</summary>
    public void Derive(double[] scores, TargetRows rows, Span<GradientPair> gradients, int from, int to)
    {
        Gradients(scores, rows, gradients, from, to);
        if (rows.Weights is not { } weights)
            return;
        for (int k = 0; k < Outputs; k++)
        {
            Span<GradientPair> pairs = gradients.Slice(k * rows.Count, rows.Count);
            for (int i = from; i < to; i++)
                pairs[i] = new GradientPair((float)(weights[i] * pairs[i].Gradient), (float)(weights[i] * pairs[i].Hessian));
        }
    }

    /// <summary>Weighted sum of the loss over rows [from, to).</summary>
    public double Loss(double[] scores, TargetRows rows, int from, int to)
    {
        Span<double> losses = stackalloc double[BlockMath.Rows];
        double sum = 0;
        for (int at = from; at < to; at += losses.Length)
        {
            Span<double> some = losses[..Math.Min(losses.Length, to - at)];
            Losses(scores, rows, at, some);
            for (int i = 0; i < some.Length; i++)
                sum += rows.Weight(at + i) * some[i];
        }

        return sum;
    }

    /// <summary>From the mean loss to the figure that is shown and watched.</summary>
    public virtual double Shown(double meanLoss) => meanLoss;

    /// <summary>What a leaf of these rows is worth, before the learning rate.</summary>
    public virtual double LeafValue(ReadOnlySpan<int> leaf, double[] scores, TargetRows rows) => throw new NotSupportedException();

    /// <summary>Derivatives without weights for rows [from, to).</summary>
    protected abstract void Gradients(double[] scores, TargetRows rows, Span<GradientPair> gradients, int from, int to);

    /// <summary>The loss of each row from <paramref name="from"/> on, without weights.</summary>
    protected abstract void Losses(double[] scores, TargetRows rows, int from, Span<double> losses);
}
