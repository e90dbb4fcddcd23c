namespace MlOps.Learning.Trainers.Linear;

/// <summary>Solves H x = b for a symmetric positive definite H.</summary>
internal static class Cholesky
{
    /// <summary>A pivot that cancelled to this share of its diagonal is 0.</summary>
    private const double LeastPivot = 1e-12;

    /// <returns>Null where the matrix is not positive definite to rounding.</returns>
    public static double[]? Solve(Quadratic of)
    {
        int n = of.Gradient.Length;
        double[] lower = [.. of.Hessian];
        for (int i = 0; i < n; i++)
        {
            Span<double> row = lower.AsSpan(i * n, n);
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<double> above = lower.AsSpan(j * n, n);
                row[j] = (row[j] - Vectors.Dot(row[..j], above[..j])) / above[j];
            }

            double pivot = row[i] - Vectors.Dot(row[..i], row[..i]);
            if (!(pivot > LeastPivot * row[i]))
                return null;
            row[i] = Math.Sqrt(pivot);
        }

        return Substitute(lower, of.Gradient);
    }

    private static double[] Substitute(double[] lower, double[] right)
    {
        int n = right.Length;
        double[] x = [.. right];
        for (int i = 0; i < n; i++)
            x[i] = (x[i] - Vectors.Dot(x.AsSpan(0, i), lower.AsSpan(i * n, i))) / lower[(i * n) + i];
        for (int i = n - 1; i >= 0; i--)
        {
            x[i] /= lower[(i * n) + i];
            Vectors.AddScaled(x.AsSpan(0, i), lower.AsSpan(i * n, i), -x[i]);
        }

        return x;
    }
}
