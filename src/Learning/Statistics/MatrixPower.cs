namespace MlOps.Learning.Statistics;

/// <summary>Powers of a square matrix with a decimal exponent kept aside, so that large powers do not overflow.</summary>
internal static class MatrixPower
{
    private const double Large = 1e140;

    /// <summary>The matrix to the n-th power, n &gt;= 1, is <c>Value</c> times ten to <c>Exponent</c>.</summary>
    public static (double[,] Value, int Exponent) Raise(double[,] matrix, int n)
    {
        if (n == 1)
            return (matrix, 0);
        (double[,] half, int exponent) = Raise(matrix, n / 2);
        double[,] value = Multiply(half, half);
        exponent *= 2;
        if (n % 2 == 1)
            value = Multiply(matrix, value);
        return Rescale(value, exponent);
    }

    private static (double[,] Value, int Exponent) Rescale(double[,] value, int exponent)
    {
        int size = value.GetLength(0);
        if (value[size / 2, size / 2] <= Large)
            return (value, exponent);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
                value[i, j] /= Large;
        }

        return (value, exponent + 140);
    }

    private static double[,] Multiply(double[,] a, double[,] b)
    {
        int size = a.GetLength(0);
        var product = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < size; k++)
            {
                for (int j = 0; j < size; j++)
                    product[i, j] += a[i, k] * b[k, j];
            }
        }

        return product;
    }
}
