namespace MlOps.Learning.Trainers.Boosting;

/// <summary>A loss to boost on. Scores and gradients are output-major: those of output k and row i are at k * rows + i.</summary>
internal abstract class Objective
{
    /// <summary>A hessian of zero would let one row decide a leaf alone.</summary>
    protected const double LeastHessian = 1e-16;

    /// <summary>Trees a round.</summary>
    public abstract int Outputs { get; }

    /// <summary>What a unit of the scores is in the target's unit.</summary>
    public virtual double Scale => 1;

    /// <summary>The constant scores, before <see cref="Scale"/>, that the first tree improves on.</summary>
    public abstract double[] Start { get; }

    /// <summary>Derivatives of the loss for rows [from, to).</summary>
    public abstract void Gradients(double[] scores, double[] target, GradientPair[] gradients, int from, int to);

    /// <summary>Sum of the loss over rows [from, to).</summary>
    public abstract double Loss(double[] scores, double[] target, int from, int to);

    /// <summary>From the mean loss to the figure that is shown and watched.</summary>
    public virtual double Shown(double meanLoss) => meanLoss;

    public static Objective For(LearningTask task, int classes, double[] target) => task switch
    {
        LearningTask.Regression => new SquaredError(target),
        LearningTask.Binary => new LogisticLoss(target),
        _ => new SoftmaxLoss(target, classes),
    };
}

/// <summary>Half the squared error of the target in standard deviations, so that least gain and float gradients mean the same for every unit.</summary>
internal sealed class SquaredError : Objective
{
    private readonly double _mean;
    private readonly double _deviation;

    public SquaredError(double[] target)
    {
        _mean = target.Average();
        double variance = target.Average(t => (t - _mean) * (t - _mean));
        _deviation = variance > 0 && double.IsFinite(variance) ? Math.Sqrt(variance) : 1;
    }

    public override int Outputs => 1;

    public override double Scale => _deviation;

    public override double[] Start => [_mean / _deviation];

    public override void Gradients(double[] scores, double[] target, GradientPair[] gradients, int from, int to)
    {
        for (int i = from; i < to; i++)
            gradients[i] = new GradientPair((float)Residual(scores[i], target[i]), 1);
    }

    public override double Loss(double[] scores, double[] target, int from, int to)
    {
        double sum = 0;
        for (int i = from; i < to; i++)
            sum += Residual(scores[i], target[i]) * Residual(scores[i], target[i]);
        return sum;
    }

    /// <summary>Root mean squared error in the target's unit.</summary>
    public override double Shown(double meanLoss) => Math.Sqrt(meanLoss) * _deviation;

    private double Residual(double score, double target) => score - (target / _deviation);
}

/// <summary>Log loss of the sigmoid of the score; target 0 or 1.</summary>
internal sealed class LogisticLoss(double[] target) : Objective
{
    public override int Outputs => 1;

    public override double[] Start
    {
        get
        {
            double share = target.Average();
            return [Math.Log(share / (1 - share))];
        }
    }

    public override void Gradients(double[] scores, double[] target, GradientPair[] gradients, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            double p = Links.Sigmoid(scores[i]);
            gradients[i] = new GradientPair((float)(p - target[i]), (float)Math.Max(p * (1 - p), LeastHessian));
        }
    }

    public override double Loss(double[] scores, double[] target, int from, int to)
    {
        double sum = 0;
        for (int i = from; i < to; i++)
            sum += Links.SoftPlus(target[i] > 0.5 ? -scores[i] : scores[i]);
        return sum;
    }
}

/// <summary>Log loss of the softmax of the scores; target is the class. The hessian is doubled as in XGBoost, a bound for the full matrix.</summary>
internal sealed class SoftmaxLoss(double[] target, int classes) : Objective
{
    public override int Outputs => classes;

    public override double[] Start
    {
        get
        {
            var counts = new double[classes];
            foreach (double k in target)
                counts[(int)k]++;
            return [.. counts.Select(c => Math.Log(c / target.Length))];
        }
    }

    public override void Gradients(double[] scores, double[] target, GradientPair[] gradients, int from, int to)
    {
        int rows = target.Length;
        Span<double> p = stackalloc double[classes];
        for (int i = from; i < to; i++)
        {
            Gather(scores, rows, i, p);
            Links.Softmax(p);
            for (int k = 0; k < classes; k++)
            {
                double gradient = p[k] - (target[i] == k ? 1 : 0);
                gradients[(k * rows) + i] = new GradientPair((float)gradient, (float)Math.Max(2 * p[k] * (1 - p[k]), LeastHessian));
            }
        }
    }

    public override double Loss(double[] scores, double[] target, int from, int to)
    {
        Span<double> row = stackalloc double[classes];
        double sum = 0;
        for (int i = from; i < to; i++)
        {
            Gather(scores, target.Length, i, row);
            double truth = row[(int)target[i]];
            sum += Links.Softmax(row) - truth;
        }

        return sum;
    }

    private static void Gather(double[] scores, int rows, int row, Span<double> into)
    {
        for (int k = 0; k < into.Length; k++)
            into[k] = scores[(k * rows) + row];
    }
}
