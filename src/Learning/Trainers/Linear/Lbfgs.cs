namespace MlOps.Learning.Trainers.Linear;

/// <summary>Value of a smooth convex function, and its gradient written to the second argument.</summary>
internal delegate double Gradient(ReadOnlySpan<double> variables, Span<double> gradient);

/// <param name="Converged">No component of the gradient is larger than the tolerance.</param>
internal sealed record Minimum(double[] Variables, double Value, double GradientNorm, int Iterations, bool Converged);

/// <summary>Limited-memory BFGS for convex functions (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 7.5).</summary>
internal sealed class Lbfgs(Gradient function, int maxIterations, double tolerance)
{
    private readonly LineSearch _search = new(function);
    private readonly LbfgsHistory _history = new();

    public Minimum Minimise(double[] start, Action<int, double>? iterated, CancellationToken cancellationToken)
    {
        var at = new Point(start, function);
        for (int iteration = 0; ; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double norm = Vectors.LargestMagnitude(at.Gradient);
            if (norm <= tolerance || iteration == maxIterations)
                return new Minimum(at.Variables, at.Value, norm, iteration, norm <= tolerance);
            double[] direction = _history.Direction(at.Gradient);
            double first = _history.HasAny ? 1 : 1 / Math.Sqrt(Vectors.Dot(at.Gradient, at.Gradient));
            if (_search.Along(at, direction, first) is not { } next)
                return new Minimum(at.Variables, at.Value, norm, iteration, false);
            _history.Remember(at, next);
            at = next;
            iterated?.Invoke(iteration + 1, at.Value);
        }
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
