namespace MlOps.Learning.Statistics;

/// <summary>
/// Survival function of the one-sample two-sided Kolmogorov statistic, by the scheme of Simard and L'Ecuyer (2011, Computing the
/// Two-Sided Kolmogorov-Smirnov Distribution): the matrix of Marsaglia, Tsang and Wang (2003) for few rows, the expansion of Pelz and
/// Good (1976) for many, and in the tail twice the one-sided law, exact to p squared (Miller 1956).
/// </summary>
internal static class KolmogorovLaw
{
    private const int MatrixRows = 140;

    /// <summary>P(D_n &gt;= d) for n &gt;= 1; relative error below 1e-6 where the value is below 0.99.</summary>
    public static double Tail(long n, double d)
    {
        double x = n * d * d;
        if (d >= 1 || x > 370)
            return 0;
        if (n * d <= 0.5)
            return 1;
        if (x >= (n <= MatrixRows ? 4 : 2.2))
            return Math.Min(1, 2 * OneSidedTail(n, d));
        return Math.Clamp(1 - (n <= MatrixRows ? MatrixCdf((int)n, d) : PelzGoodCdf(n, d)), 0, 1);
    }

    // Birnbaum and Tingey (1951): d sum_j C(n,j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j), all terms positive.
    private static double OneSidedTail(long n, double d)
    {
        double logBinomial = 0, sum = 0;
        for (long j = 0; j <= (long)(n * (1 - d)); j++)
        {
            double at = d + ((double)j / n), rest = 1 - at;
            if (rest > 0)
                sum += Math.Exp(logBinomial + ((j - 1) * Math.Log(at)) + ((n - j) * Math.Log(rest)));
            else if (j == n)
                sum += Math.Exp((j - 1) * Math.Log(at));
            logBinomial += Math.Log((double)(n - j) / (j + 1));
        }

        return d * sum;
    }

    private static double MatrixCdf(int n, double d)
    {
        int k = (int)(n * d) + 1;
        double[,] h = TransitionMatrix(k, k - (n * d));
        (double[,] power, int exponent) = MatrixPower.Raise(h, n);
        double cdf = power[k - 1, k - 1];
        for (int i = 1; i <= n; i++)
        {
            cdf *= (double)i / n;
            if (cdf < 1e-140)
                (cdf, exponent) = (cdf * 1e140, exponent - 140);
        }

        return cdf * Math.Pow(10, exponent);
    }

    private static double[,] TransitionMatrix(int k, double h)
    {
        int size = (2 * k) - 1;
        var matrix = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
                matrix[i, j] = i - j + 1 < 0 ? 0 : 1;
        }

        for (int i = 0; i < size; i++)
        {
            matrix[i, 0] -= Math.Pow(h, i + 1);
            matrix[size - 1, i] -= Math.Pow(h, size - i);
        }

        matrix[size - 1, 0] += (2 * h) - 1 > 0 ? Math.Pow((2 * h) - 1, size) : 0;
        for (int i = 0; i < size; i++)
        {
            double factorial = 1;
            for (int j = i; j >= 0; j--)
                matrix[i, j] /= factorial *= i - j + 1;
        }

        return matrix;
    }

    // K0 + K1/sqrt(n) + K2/n + K3/n^1.5 of Pelz and Good, each a rapidly converging theta-like series.
    private static double PelzGoodCdf(long n, double d)
    {
        const double pi2 = Math.PI * Math.PI, pi4 = pi2 * pi2, pi6 = pi4 * pi2;
        double root = Math.Sqrt(n), z = root * d, z2 = z * z, z4 = z2 * z2, z6 = z4 * z2;
        double w = pi2 / (2 * z2), half = Math.Sqrt(Math.PI / 2);

        double k0 = 2 * half / z * Odd(w, _ => 1);
        double k1 = half / (3 * z4) * Odd(w, t => (pi2 * t) - z2);
        double k2 = (half / (36 * z * z6) * Odd(w, t => (6 * z6) + (2 * z4) + (pi2 * ((2 * z4) - (5 * z2)) * t) + (pi4 * (1 - (2 * z2)) * t * t)))
            - (half / (18 * z * z2) * Even(w, t => pi2 * t));
        double k3 = (half / (3240 * z4 * z6) * Odd(w, t => (-30 * z6) - (90 * z6 * z2) + (pi2 * ((135 * z4) - (96 * z6)) * t) + (pi4 * ((212 * z4) - (60 * z2)) * t * t) + (pi6 * t * t * t * (5 - (30 * z2)))))
            + (half / (108 * z6) * Even(w, t => (3 * pi2 * t * z2) - (pi4 * t * t)));
        return k0 + (k1 / root) + (k2 / n) + (k3 / (n * root));
    }

    // Sums over (j + 1/2)^2, j = 0, 1, ...; terms fall like exp(-w j^2) with w > 2.2, so 12 are more than enough.
    private static double Odd(double w, Func<double, double> term) => Series(0.5, w, term);

    private static double Even(double w, Func<double, double> term) => Series(1, w, term);

    private static double Series(double start, double w, Func<double, double> term)
    {
        double sum = 0;
        for (int j = 0; j < 12; j++)
        {
            double t = (start + j) * (start + j);
            sum += term(t) * Math.Exp(-t * w);
        }

        return sum;
    }
}
