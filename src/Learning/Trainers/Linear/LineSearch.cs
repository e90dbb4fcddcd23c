namespace MlOps.Learning.Trainers.Linear;

/// <summary>
/// Finds a step that meets the strong Wolfe conditions (Nocedal and Wright, 3.7) on a convex function: the sign of the slope says on
/// which side of the minimum a trial lies, so a bracket shrinks onto it by the secant of the slope. The decrease may fail by rounding
/// of the value, since near the optimum values no longer tell points apart while slopes still do (Hager and Zhang 2005, 4.1).
/// </summary>
internal sealed class LineSearch(Gradient function)
{
    private const double Decrease = 1e-4;
    private const double Curvature = 0.9;
    private const double Rounding = 1e-13;
    private const int MostTrials = 60;

    /// <returns>Null when no step improves, which means that the point is a minimum to rounding.</returns>
    public Point? Along(Point from, double[] direction, double step)
    {
        double slope = Vectors.Dot(from.Gradient, direction);
        if (slope >= 0)
            return null;
        (double At, double Slope) low = (0, slope);
        (double At, double Slope) high = (double.PositiveInfinity, double.NaN);
        for (int trial = 0; trial < MostTrials; trial++)
        {
            Point point = Move(from, direction, step);
            double newSlope = Vectors.Dot(point.Gradient, direction);
            double allowed = from.Value + (Decrease * step * slope) + (Rounding * Math.Abs(from.Value));
            if (!(point.Value <= allowed) || newSlope > -Curvature * slope)
                high = (step, newSlope);
            else if (newSlope < Curvature * slope)
                low = (step, newSlope);
            else
                return point;
            step = double.IsInfinity(high.At) ? 2 * step : Between(low, high);
        }

        return null;
    }

    /// <summary>Where the secant of the slopes is zero, but well inside the bracket.</summary>
    private static double Between((double At, double Slope) low, (double At, double Slope) high)
    {
        double width = high.At - low.At;
        double secant = low.At - (low.Slope * width / (high.Slope - low.Slope));
        double least = low.At + (0.1 * width);
        double most = low.At + (0.9 * width);
        return secant >= least && secant <= most ? secant : low.At + (0.5 * width);
    }

    private Point Move(Point from, double[] direction, double step)
    {
        double[] variables = [.. from.Variables];
        Vectors.AddScaled(variables, direction, step);
        return new Point(variables, function);
    }
}
