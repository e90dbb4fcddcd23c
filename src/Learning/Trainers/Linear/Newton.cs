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

    private readonly Curvature _curvature = new(problem);
    private readonly ScoreLine _line = new(problem);
    private double[] _at = new double[problem.Variables];

    /// <returns>Null where the quadratic has no one minimum, which only happens without a penalty.</returns>
    public Minimum? Minimise(Action<int, double>? iterated, CancellationToken cancellationToken)
    {
        double value = _line.Loss(0) / problem.Total;
        bool stuck = false;
        for (int iteration = 0; ; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Quadratic quadratic = _curvature.At(_line.Scores, _at);
            double violation = Violation(quadratic) / problem.Total;
            if (violation <= tolerance || iteration == maxIterations || stuck)
                return new Minimum(_at, value, violation, iteration, violation <= tolerance);
            if (Solve(quadratic, cancellationToken) is not { } target)
                return null;
            double? lower = Move(quadratic, target, value);
            (stuck, value) = (lower is null, lower ?? value);
            iterated?.Invoke(iteration + 1, value);
        }
    }

    private double[]? Solve(Quadratic quadratic, CancellationToken cancellationToken)
    {
        if (problem.L1 > 0)
            return new CoordinateDescent(quadratic, problem.L1, 0.1 * tolerance * problem.Total).Solve(_at, cancellationToken);
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
