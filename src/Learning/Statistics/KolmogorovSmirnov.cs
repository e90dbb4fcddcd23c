using System.Numerics;
using System.Runtime.CompilerServices;

namespace MlOps.Learning.Statistics;

/// <summary>The outcome of a two-sample Kolmogorov-Smirnov test.</summary>
/// <param name="Statistic">Largest distance of the two empirical distribution functions, 0 to 1.</param>
/// <param name="Exact">Whether the p-value is of the exact finite-sample law or asymptotic.</param>
public sealed record KolmogorovSmirnovResult(double Statistic, double PValue, bool Exact);

/// <summary>Two-sided two-sample Kolmogorov-Smirnov test. With ties the p-value is conservative.</summary>
public static class KolmogorovSmirnov
{
    /// <summary>Up to this size of the larger sample the p-value is exact.</summary>
    public const int ExactRows = 10_000;

    /// <summary>Tests two sorted samples without NaN.</summary>
    /// <exception cref="ArgumentException">A sample is empty.</exception>
    public static KolmogorovSmirnovResult Test(ReadOnlySpan<double> sortedA, ReadOnlySpan<double> sortedB)
    {
        if (sortedA.IsEmpty || sortedB.IsEmpty)
            throw new ArgumentException("both samples need at least one value");
        long n = sortedA.Length, m = sortedB.Length;
        long height = Height(sortedA, sortedB);
        double d = (double)height / n / m;
        bool exact = Math.Max(n, m) <= ExactRows;
        double p = height == 0 ? 1
            : exact ? ExactTail((int)n, (int)m, height)
            : KolmogorovLaw.Tail((long)Math.Round((double)n * m / (n + m)), d);
        return new KolmogorovSmirnovResult(d, p, exact);
    }

    // max |i*m - j*n| over the points where both functions have taken all steps of a value: D times n*m, as an integer.
    private static long Height(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        long n = a.Length, m = b.Length, height = 0;
        int i = 0, j = 0;
        while (i < n && j < m)
        {
            double x = Math.Min(a[i], b[j]);
            while (i < n && a[i] <= x)
                i++;
            while (j < m && b[j] <= x)
                j++;
            height = Math.Max(height, Math.Abs((i * m) - (j * n)));
        }

        return height;
    }

    /// <summary>
    /// Chance that a random lattice path from (0,0) to (n,m) leaves the band |i*m - j*n| &lt; height: v = 1 outside the band, else
    /// v(i,j) = (i v(i-1,j) + j v(i,j-1)) / (i+j) (Schroer and Trenkler 1995). Every term is positive, so tiny values keep their
    /// relative accuracy. Cells of one anti-diagonal i + j = s do not depend on each other, which lets the loop run in vectors.
    /// </summary>
    internal static double ExactTail(int n, int m, long height)
    {
        var v = new double[n + 1];
        Array.Fill(v, 1);
        v[0] = 0;
        int left = 0;
        for (int s = 1; s <= n + m; s++)
        {
            int low = Math.Max(FirstInside(s, n, m, height), Math.Max(0, s - m));
            int high = Math.Min(LastInside(s, n, m, height), Math.Min(n, s));
            Advance(v, low, high, s);
            for (; left < low; left++)
                v[left] = 1;
        }

        return v[n];
    }

    // In place, from high to low: v[i] needs the old v[i] and the old v[i-1]. Vectors of the machine's width cannot be compiled ahead, and
    // where the processor is busy the first, slow code would stay in use for a whole test of millions of cells.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Advance(double[] v, int low, int high, int s)
    {
        double inverse = 1.0 / s;
        int width = Vector<double>.Count;
        int i = high;
        for (; i >= width && i - width + 1 >= low; i -= width)
        {
            int first = i - width + 1;
            Vector<double> index = Vector.Create((double)first) + Vector<double>.Indices;
            Vector<double> next = ((index * new Vector<double>(v, first - 1)) + ((Vector.Create((double)s) - index) * new Vector<double>(v, first))) * inverse;
            next.CopyTo(v, first);
        }

        for (; i >= low; i--)
            v[i] = ((i == 0 ? 0 : i * v[i - 1]) + ((s - i) * v[i])) * inverse;
    }

    // i is inside when |i*(n+m) - s*n| < height.
    private static int FirstInside(int s, long n, long m, long height) => (int)FloorDivide((s * n) - height, n + m) + 1;

    private static int LastInside(int s, long n, long m, long height) => (int)FloorDivide((s * n) + height - 1, n + m);

    private static long FloorDivide(long a, long b) => a >= 0 ? a / b : -((b - 1 - a) / b);
}
