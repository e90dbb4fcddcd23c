namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// The loss whose best constant is a quantile: the score's distance from the target, times alpha where it is below and 1 - alpha where it
/// is above (Koenker and Bassett 1978). Its second derivative says nothing, so that splits are found with a hessian of 1 and a leaf is
/// worth the quantile of its residuals (Friedman 2001, LAD_TreeBoost). Median: twice that, the absolute error.
/// </summary>
/// <param name="level">Alpha, above 0 and below 1.</param>
/// <param name="factor">What the loss is multiplied with where it is shown.</param>
/// <param name="leafValues">False: leaves are worth what the gradients say, which bounds can be put on.</param>
internal sealed class PinballLoss(TargetRows target, double level, double factor, bool leafValues) : Objective
{
    private readonly double _deviation = TargetUnit.Of(target).Deviation;
    private readonly double _start = WeightedQuantile.Of(target.Values.ToArray(), target.Weights?.ToArray(), level);

    public override int Outputs => 1;

    public override double Scale => _deviation;

    public override double[] Start => [_start / _deviation];

    public override bool HasLeafValues => leafValues;

    /// <summary>In the target's unit.</summary>
    public override double Shown(double meanLoss) => meanLoss * _deviation * factor;

    public override double LeafValue(ReadOnlySpan<int> leaf, double[] scores, TargetRows rows)
    {
        var residuals = new double[leaf.Length];
        double[]? weights = rows.Weights is null ? null : new double[leaf.Length];
        for (int i = 0; i < leaf.Length; i++)
        {
            residuals[i] = (rows.Values[leaf[i]] / _deviation) - scores[leaf[i]];
            if (weights is not null)
                weights[i] = rows.Weights![leaf[i]];
        }

        return WeightedQuantile.Of(residuals, weights, level);
    }

    protected override void Gradients(double[] scores, TargetRows rows, Span<GradientPair> gradients, int from, int to)
    {
        for (int i = from; i < to; i++)
            gradients[i] = new GradientPair((float)(scores[i] * _deviation >= rows.Values[i] ? 1 - level : -level), 1);
    }

    protected override void Losses(double[] scores, TargetRows rows, int from, Span<double> losses)
    {
        for (int i = 0; i < losses.Length; i++)
        {
            double above = scores[from + i] - (rows.Values[from + i] / _deviation);
            losses[i] = above >= 0 ? (1 - level) * above : -level * above;
        }
    }
}
