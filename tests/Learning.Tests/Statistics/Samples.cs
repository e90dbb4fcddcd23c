namespace MlOps.Learning.Tests.Statistics;

/// <summary>Samples by integer formulas, so that scipy 1.10.1 could be given the very same ones.</summary>
internal static class Samples
{
    public static double[] A(int n) => [.. Enumerable.Range(0, n).Select(i => i * 7919L % 10007 / 10007.0)];

    public static double[] B(int n, double shift) => [.. Enumerable.Range(0, n).Select(i => (i * 104729L % 10009 / 10009.0) + shift)];

    public static double[] Sorted(this double[] values)
    {
        Array.Sort(values);
        return values;
    }
}
