using MlOps.Learning.Tables;

namespace MlOps.Learning.Metrics;

/// <summary>What each row counts in a metric.</summary>
/// <param name="values">One a row, at least 0, their sum above 0.</param>
/// <param name="repeats">Whether they say how often a row is there (a resample, or 1 for all); else they are weights as those of scikit-learn.</param>
internal sealed class RowWeights(double[] values, bool repeats)
{
    public ReadOnlySpan<double> Values => values;

    /// <inheritdoc cref="RowWeights(double[], bool)" path="/param[@name='repeats']"/>
    public bool Repeats => repeats;

    public double Sum { get; } = SumOf(values);

    public static RowWeights Ones(int rows)
    {
        var ones = new double[rows];
        ones.AsSpan().Fill(1);
        return new RowWeights(ones, repeats: true);
    }

    /// <exception cref="MlOpsException">Invalid <c>weight</c>: no numbers, a missing, infinite or negative one, or none above 0.</exception>
    public static RowWeights Of(Column column) => new(WeightColumn.Read(column, "weight"), repeats: false);

    public double Mean(ReadOnlySpan<double> numbers)
    {
        double sum = 0;
        for (int i = 0; i < numbers.Length; i++)
            sum += values[i] * numbers[i];
        return sum / Sum;
    }

    /// <summary>The weights of rows in another order, or of some of them.</summary>
    public RowWeights Take(ReadOnlySpan<int> rows) => new(Gather.From(values, rows), repeats);

    private static double SumOf(double[] values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum;
    }
}
