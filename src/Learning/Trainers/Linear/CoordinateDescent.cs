namespace MlOps.Learning.Trainers.Linear;

/// <summary>
/// Minimises gradient * d + d H d / 2 + l1 |w + d|_1 one coordinate at a time, in closed form each (Friedman, Hastie and Tibshirani 2010,
/// "covariance updates"): after a sweep over all, those that are not 0 are swept until they rest, then all again. Which they are and their signs make
/// the rest a linear system, whose solution ends it: sweeps alone come to rest before weights are known that only their difference matters of. The last
/// variable, the intercept, is not penalised.
/// </summary>
internal sealed class CoordinateDescent(Quadratic quadratic, double l1, double tolerance)
{
    private const int MostSweeps = 20_000;

    private readonly double[] _slope = [.. quadratic.Gradient];
    private int _sweeps;

    /// <param name="start">The present weights of the output, and its intercept.</param>
    /// <param name="exactly">Whether the linear system is solved, too: as dear as a pass over as many rows as there are weights.</param>
    /// <returns>The new ones.</returns>
    public double[] Solve(double[] start, bool exactly, CancellationToken cancellationToken)
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

        return exactly ? Finished(at) : at;
    }

    /// <summary>The minimum for the signs that are, if it has them too and nothing else wants to leave 0.</summary>
    private double[] Finished(double[] at)
    {
        int[] active = [.. Enumerable.Range(0, at.Length).Where(j => at[j] != 0 || j == at.Length - 1)];
        var system = new Quadratic([.. active.Select(j => Violation(at, j))], new double[active.Length * active.Length]);
        for (int i = 0; i < active.Length; i++)
        {
            for (int j = 0; j < active.Length; j++)
                system.Hessian[(i * active.Length) + j] = quadratic.Row(active[i])[active[j]];
        }

        if (Cholesky.Solve(system) is not { } step)
            return at;
        double[] to = [.. at], slope = [.. _slope];
        for (int i = 0; i < active.Length; i++)
        {
            to[active[i]] -= step[i];
            Vectors.AddScaled(slope, quadratic.Row(active[i]), -step[i]);
        }

        bool holds = Enumerable.Range(0, at.Length - 1).All(j => at[j] == 0 ? Math.Abs(slope[j]) <= l1 : Math.Sign(to[j]) == Math.Sign(at[j]));
        return holds ? to : at;
    }

    private double Violation(double[] at, int j) => _slope[j] + (j == at.Length - 1 ? 0 : l1 * Math.Sign(at[j]));

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
