namespace MlOps.Learning.Trainers.Linear;

/// <summary>Value of a smooth convex function, and its gradient written to the second argument.</summary>
internal delegate double Gradient(ReadOnlySpan<double> variables, Span<double> gradient);

/// <param name="Converged">No component of the gradient is larger than the tolerance.</param>
internal sealed record Minimum(double[] Variables, double Value, double GradientNorm, int Iterations, bool Converged);

/// <summary>Limited-memory BFGS for convex functions (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 7.5).</summary>
internal sealed class Lbfgs(Gradient function, int maxIterations, double tolerance)
{
    private const int Memory = 10;

    private readonly LineSearch _search = new(function);
    private readonly LinkedList<(double[] Step, double[] Change, double Rho)> _history = [];

    public Minimum Minimise(double[] start, Action<int, double>? iterated, CancellationToken cancellationToken)
    {
        var at = new Point(start, function);
        for (int iteration = 0; ; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double norm = Vectors.LargestMagnitude(at.Gradient);
            if (norm <= tolerance || iteration == maxIterations)
                return new Minimum(at.Variables, at.Value, norm, iteration, norm <= tolerance);
            double[] direction = Direction(at.Gradient);
            double first = _history.Count > 0 ? 1 : 1 / Math.Sqrt(Vectors.Dot(at.Gradient, at.Gradient));
            if (_search.Along(at, direction, first) is not { } next)
                return new Minimum(at.Variables, at.Value, norm, iteration, false);
            Remember(at, next);
            at = next;
            iterated?.Invoke(iteration + 1, at.Value);
        }
    }

    /// <summary>Minus the inverse Hessian's approximation times the gradient, by the two-loop recursion.</summary>
    private double[] Direction(double[] gradient)
    {
        double[] direction = [.. gradient];
        var alphas = new Stack<double>();
        for (var pair = _history.Last; pair is not null; pair = pair.Previous)
        {
            double alpha = pair.Value.Rho * Vectors.Dot(pair.Value.Step, direction);
            Vectors.AddScaled(direction, pair.Value.Change, -alpha);
            alphas.Push(alpha);
        }

        if (_history.Last is { Value: var last })
            Vectors.Scale(direction, 1 / (last.Rho * Vectors.Dot(last.Change, last.Change)));
        foreach ((double[] step, double[] change, double rho) in _history)
            Vectors.AddScaled(direction, step, alphas.Pop() - (rho * Vectors.Dot(change, direction)));
        Vectors.Scale(direction, -1);
        return direction;
    }

    private void Remember(Point from, Point to)
    {
        double[] step = [.. to.Variables.Zip(from.Variables, (a, b) => a - b)];
        double[] change = [.. to.Gradient.Zip(from.Gradient, (a, b) => a - b)];
        double curvature = Vectors.Dot(step, change);
        if (curvature <= double.Epsilon * 1e16)
            return;
        _history.AddLast((step, change, 1 / curvature));
        if (_history.Count > Memory)
            _history.RemoveFirst();
    }
}

/// <summary>A point with the function's value and gradient there.</summary>
internal sealed class Point
{
    public Point(double[] variables, Gradient function)
    {
        Variables = variables;
        Gradient = new double[variables.Length];
        Value = function(variables, Gradient);
    }

    public double[] Variables { get; }

    public double[] Gradient { get; }

    public double Value { get; }
}
