namespace MlOps.Learning.Trainers.Linear;

/// <summary>
/// Proximal Newton for one output: the loss is replaced by its quadratic at the present point, that is minimised with the penalty, and the step
/// is shortened until the true objective falls (Lee, Sun and Saunders 2014; glmnet, Friedman et al. 2010). Correlated columns, which slow
/// gradient methods down, cost it nothing; a quadratic of d columns takes rows * d^2 / 2 steps.
/// </summary>
internal sealed class Newton(LinearProblem problem, int maxIterations, double tolerance)
{
    private const double Decrease = 1e-4;
    private const double Rounding = 1e-13;
    private const int MostHalvings = 40;

    /// <summary>
    /// A gradient within the tolerance says little of weights that the loss hardly tells apart; after a step as short as this, of which the
    /// error of the next is about the square, they are known too.
    /// </summary>
    private const double ShortStep = 1e-5;

    /// <summary>After such a step the quadratic is good enough to be worth its exact minimum.</summary>
    private const double NearEnough = 0.1;

    /// <summary>Where weights have no end (classes that a line divides, without a penalty), more steps tell nothing.</summary>
    private const int MostLater = 5;

    private readonly Curvature _curvature = new(problem);
    private readonly ScoreLine _line = new(problem);
    private double[] _at = new double[problem.Variables];

    /// <summary>Largest change of a variable by the last step, as a share of the largest variable where that is above 1.</summary>
    private double _moved = problem.Task == LearningTask.Regression ? 0 : double.PositiveInfinity;

    /// <returns>Null where the quadratic has no one minimum, which only happens without a penalty.</returns>
    public Minimum? Minimise(Action<int, double>? iterated, CancellationToken cancellationToken)
    {
        double value = _line.Loss(0) / problem.Total;
        bool stuck = false;
        int later = 0;
        for (int iteration = 0; ; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Quadratic quadratic = _curvature.At(_line.Scores, _at);
            double violation = Violation(quadratic) / problem.Total;
            bool small = violation <= tolerance;
            var minimum = new Minimum(_at, value, violation, iteration, small);
            if ((small && (_moved <= ShortStep || later++ == MostLater)) || iteration == maxIterations || stuck)
                return minimum;
            if (Solve(quadratic, exactly: small || _moved <= NearEnough, cancellationToken) is not { } target)
                return small ? minimum : null;
            double? lower = Move(quadratic, target, value);
            (stuck, value) = (lower is null, lower ?? value);
            iterated?.Invoke(iteration + 1, value);
        }
    }

    private double[]? Solve(Quadratic quadratic, bool exactly, CancellationToken cancellationToken)
    {
        if (problem.L1 > 0)
            return new CoordinateDescent(quadratic, problem.L1, 0.1 * tolerance * problem.Total).Solve(_at, exactly, cancellationToken);
        return Cholesky.Solve(quadratic) is { } step ? [.. _at.Zip(step, (a, s) => a - s)] : null;
    }

    /// <summary>Goes towards the quadratic's minimum; the value at where it ends, or null when no step is better.</summary>
    private double? Move(Quadratic quadratic, double[] target, double value)
    {
        double[] from = _at;
        double[] step = [.. target.Zip(from, (t, f) => t - f)];
        double promised = (Vectors.Dot(quadratic.Gradient, step) + (problem.L1 * (Size(target) - Size(from)))) / problem.Total;
        _line.Aim(step);
        double length = 1;
        for (int halving = 0; halving < MostHalvings; halving++, length /= 2)
        {
            double[] to = halving == 0 ? target : [.. from.Zip(step, (f, s) => f + (length * s))];
            double there = (_line.Loss(length) + Penalty(to)) / problem.Total;
            if (there > value + (Decrease * length * promised) + (Rounding * Math.Abs(value)))
                continue;
            _at = to;
            if (problem.Task != LearningTask.Regression)
                _moved = length * step.Max(Math.Abs) / Math.Max(1, to.Max(Math.Abs));
            _line.Go(length);
            return there;
        }

        return null;
    }

    /// <summary>How far the conditions of a minimum are missed (Karush, Kuhn, Tucker).</summary>
    private double Violation(Quadratic quadratic)
    {
        double most = Math.Abs(quadratic.Gradient[^1]);
        for (int j = 0; j < problem.Columns; j++)
        {
            double slope = quadratic.Gradient[j];
            most = Math.Max(most, _at[j] == 0 ? Math.Abs(slope) - problem.L1 : Math.Abs(slope + (problem.L1 * Math.Sign(_at[j]))));
        }

        return most;
    }

    private double Penalty(double[] at) =>
        (problem.L2 / 2 * Vectors.Dot(at.AsSpan(..^1), at.AsSpan(..^1))) + (problem.L1 * Size(at));

    private static double Size(double[] variables) => variables[..^1].Sum(Math.Abs);
}
