namespace MlOps.Learning.Explaining;

/// <summary>
/// Gauss-Legendre quadrature on [0, 1]: with m nodes the weighted sum of a polynomial's values is its integral up to degree 2m - 1, exactly
/// but for rounding. Roots of the Legendre polynomial by Newton's method from Tricomi's estimate (Press et al., Numerical Recipes, 4.6).
/// </summary>
internal sealed class GaussLegendre
{
    private GaussLegendre(int nodes)
    {
        (Nodes, Weights) = (new double[nodes], new double[nodes]);
        for (int i = 0; i < nodes; i++)
        {
            (double root, double slope) = Root(nodes, i);
            Nodes[i] = (1 + root) / 2;
            Weights[i] = 1 / ((1 - (root * root)) * slope * slope);
        }
    }

    /// <summary>Inside (0, 1); as many as <see cref="Weights"/>.</summary>
    public double[] Nodes { get; }

    public double[] Weights { get; }

    /// <summary>A rule that is exact for polynomials of a degree.</summary>
    public static GaussLegendre ForDegree(int degree) => new((degree / 2) + 1);

    private static (double Root, double Slope) Root(int nodes, int index)
    {
        double x = Math.Cos(Math.PI * (index + 0.75) / (nodes + 0.5));
        double slope = 1;
        for (int step = 0; step < 100; step++)
        {
            (double value, slope) = Legendre(nodes, x);
            double by = value / slope;
            x -= by;
            if (Math.Abs(by) < 1e-15)
                break;
        }

        return (x, Legendre(nodes, x).Slope);
    }

    private static (double Value, double Slope) Legendre(int degree, double x)
    {
        double last = 1;
        double value = x;
        for (int k = 2; k <= degree; k++)
            (last, value) = (value, (((2 * k) - 1) * x * value - ((k - 1) * last)) / k);
        return (value, degree * ((x * value) - last) / ((x * x) - 1));
    }
}
