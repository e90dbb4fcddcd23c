namespace MlOps.Learning.Trainers.Linear;

/// <summary>
/// L-BFGS for a smooth function plus an L1 penalty (OWL-QN, Andrew and Gao 2007): within the orthant of the present point the penalty is
/// linear; a variable that would change its sign stops at 0. For problems with too many columns for a Hessian.
/// </summary>
/// <param name="penalties">Of each variable, in the function's unit.</param>
internal sealed class OrthantLbfgs(Gradient function, double[] penalties, int maxIterations, double tolerance)
{
    private const double Decrease = 1e-4;
    private const double Rounding = 1e-13;
    private const int MostHalvings = 50;

    private readonly LbfgsHistory _history = new();

    public Minimum Minimise(double[] start, Action<int, double>? iterated, CancellationToken cancellationToken)
    {
        var at = new Point(start, function);
        for (int iteration = 0; ; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double[] slope = Slope(at);
            double norm = Vectors.LargestMagnitude(slope);
            if (norm <= tolerance || iteration == maxIterations)
                return new Minimum(at.Variables, Value(at), norm, iteration, norm <= tolerance);
            if (Step(at, slope) is not { } next)
                return new Minimum(at.Variables, Value(at), norm, iteration, false);
            _history.Remember(at, next);
            at = next;
            iterated?.Invoke(iteration + 1, Value(at));
        }
    }

    /// <summary>The subgradient of least size.</summary>
    private double[] Slope(Point at)
    {
        var slope = new double[penalties.Length];
        for (int i = 0; i < slope.Length; i++)
        {
            (double x, double g, double l1) = (at.Variables[i], at.Gradient[i], penalties[i]);
            slope[i] = x != 0 ? g + (Math.Sign(x) * l1) : g < -l1 ? g + l1 : g > l1 ? g - l1 : 0;
        }

        return slope;
    }

    private Point? Step(Point at, double[] slope)
    {
        double[] direction = _history.Direction(slope);
        for (int i = 0; i < direction.Length; i++)
            direction[i] = direction[i] * slope[i] < 0 ? direction[i] : 0;
        double value = Value(at);
        double length = _history.HasAny ? 1 : 1 / Math.Sqrt(Vectors.Dot(slope, slope));
        for (int halving = 0; halving < MostHalvings; halving++, length /= 2)
        {
            double[] to = [.. at.Variables.Select((x, i) => Along(x, length * direction[i], slope[i], penalties[i]))];
            var point = new Point(to, function);
            double promised = to.Select((x, i) => (x - at.Variables[i]) * slope[i]).Sum();
            if (Value(point) <= value + (Decrease * promised) + (Rounding * Math.Abs(value)))
                return point;
        }

        return null;
    }

    /// <summary>0 where a penalised variable would leave its orthant, which at 0 is the one that its slope falls to.</summary>
    private static double Along(double x, double step, double slope, double penalty)
    {
        int side = x != 0 ? Math.Sign(x) : -Math.Sign(slope);
        return penalty > 0 && (x + step) * side <= 0 ? 0 : x + step;
    }

    private double Value(Point at) => at.Value + at.Variables.Zip(penalties, (x, l1) => l1 * Math.Abs(x)).Sum();
}
