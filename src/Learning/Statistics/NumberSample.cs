using MlOps.Learning.Tables;

namespace MlOps.Learning.Statistics;

/// <summary>The finite values of a number column, sorted once for all that is computed from them.</summary>
internal sealed class NumberSample
{
    private readonly double[] _sorted;

    private NumberSample(double[] sorted, long infinite) => (_sorted, Infinite) = (sorted, infinite);

    public ReadOnlySpan<double> Sorted => _sorted;

    public long Infinite { get; }

    /// <summary>Null for a column of another type.</summary>
    public static NumberSample? Of(Column column)
    {
        if (column is not NumberColumn numbers)
            return null;
        var finite = new double[numbers.Count];
        int used = 0;
        long infinite = 0;
        foreach (double value in numbers.Values)
        {
            if (double.IsFinite(value))
                finite[used++] = value;
            else if (double.IsInfinity(value))
                infinite++;
        }

        Array.Resize(ref finite, used);
        Array.Sort(finite);
        return new NumberSample(finite, infinite);
    }
}
