using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>Ridge in closed form: (X'X + l2 I) w = X'y by Cholesky, with an unpenalised intercept last.</summary>
internal static class NormalEquations
{
    public static double[] Solve(DesignMatrix design, double[] y, double l2)
    {
        int n = design.Columns + 1;
        var a = new double[n, n];
        var b = new double[n];
        for (int row = 0; row < design.Rows; row++)
        {
            double[] x = Row(design, row);
            for (int i = 0; i < n; i++)
            {
                b[i] += x[i] * y[row];
                for (int j = 0; j < n; j++)
                    a[i, j] += x[i] * x[j];
            }
        }

        for (int i = 0; i < n - 1; i++)
            a[i, i] += l2;
        return Cholesky(a, b);
    }

    private static double[] Row(DesignMatrix design, int row)
    {
        var x = new double[design.Columns + 1];
        design.Dense(row).CopyTo(x);
        foreach (int level in design.Levels(row))
        {
            if (level >= 0)
                x[level] = 1;
        }

        x[^1] = 1;
        return x;
    }

    private static double[] Cholesky(double[,] a, double[] b)
    {
        int n = b.Length;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = a[i, j];
                for (int k = 0; k < j; k++)
                    sum -= a[i, k] * a[j, k];
                a[i, j] = i == j ? Math.Sqrt(sum) : sum / a[j, j];
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < i; k++)
                b[i] -= a[i, k] * b[k];
            b[i] /= a[i, i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
                b[i] -= a[k, i] * b[k];
            b[i] /= a[i, i];
        }

        return b;
    }
}
