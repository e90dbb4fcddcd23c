namespace MlOps.Learning.Trainers.Linear;

/// <summary>
/// Minimises gradient * d + d H d / 2 + l1 |w + d|_1 one coordinate at a time, in closed form each (Friedman, Hastie and Tibshirani 2010,
/// "covariance updates"): after a sweep over all, those that are not 0 are swept until they rest, then all again. The last variable, the intercept, is not penalised.
/// </summary>
internal sealed class CoordinateDescent(Quadratic quadratic, double l1, double tolerance)
{
    private const int MostSweeps = 20_000;

    private readonly double[] _slope = [.. quadratic.Gradient];
    private int _sweeps;

    /// <param name="start">The present weights of the output, and its intercept.</param>
    /// <returns>The new ones.</returns>
    public double[] Solve(double[] start, CancellationToken cancellationToken)
    {
        double[] at = [.. start];
        int[] all = [.. Enumerable.Range(0, at.Length)];
        while (Sweep(at, all) > tolerance && _sweeps < MostSweeps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] active = [.. all.Where(j => at[j] != 0 || j == at.Length - 1)];
            while (_sweeps < MostSweeps && Sweep(at, active) > tolerance)
            {
            }
        }

        return at;
    }

    /// <returns>The largest change of a slope by a step in its own coordinate.</returns>
    private double Sweep(double[] at, int[] variables)
    {
        _sweeps++;
        double most = 0;
        foreach (int j in variables)
        {
            double curvature = quadratic.Row(j)[j];
            if (curvature <= double.Epsilon * 1e16)
                continue;
            double wanted = (curvature * at[j]) - _slope[j];
            double next = (j == at.Length - 1 ? wanted : Shrink(wanted)) / curvature;
            double step = next - at[j];
            if (step == 0)
                continue;
            at[j] = next;
            Vectors.AddScaled(_slope, quadratic.Row(j), step);
            most = Math.Max(most, Math.Abs(step) * curvature);
        }

        return most;
    }

    private double Shrink(double value) => value > l1 ? value - l1 : value < -l1 ? value + l1 : 0;
}
