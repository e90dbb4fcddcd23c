using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers.Linear;

/// <summary>
/// Where each input stands among the columns of a linear model; -1 is nowhere. A number gives (x - mean) / deviation, 0 where it is
/// missing (imputation by the mean), and, when training had missing values, an indicator; without variance it is dropped. A category
/// gives a column per level, none left out (the L2 penalty makes that unique), and one for missing when training had that; an unknown
/// level gives zeros. Free text has no column. A number whose missing column is that of its value is not imputed: NaN stays NaN. Columns below <see cref="Dense"/> hold numbers and indicators, those above are levels, of which a row sets one.
/// </summary>
internal sealed record LinearEncoding(double[] Mean, double[] InverseDeviation, int[] ValueColumn, int[] MissingColumn, int[] LevelColumn, int Dense, int Columns)
{
    /// <summary>A deviation this small against the mean is rounding, not variance.</summary>
    private const double LeastDeviation = 1e-12;

    public static LinearEncoding Fit(BoundInputs inputs, IReadOnlyList<FeatureSignature> signature, Workers workers, double[]? weights = null)
    {
        var mean = new double[inputs.Width];
        var inverse = new double[inputs.Width];
        workers.Run(inputs.Width, i =>
        {
            if (IsNumeric(signature[i]))
                (mean[i], inverse[i]) = Moments(inputs.ReadColumn(i), weights);
        });
        int[] value = Nowhere(inputs.Width), missing = Nowhere(inputs.Width), level = Nowhere(inputs.Width);
        int next = 0;
        for (int i = 0; i < inputs.Width; i++)
        {
            if (inverse[i] > 0)
                value[i] = next++;
            if (IsNumeric(signature[i]) && signature[i].Optional)
                missing[i] = next++;
        }

        int dense = next;
        for (int i = 0; i < inputs.Width; i++)
        {
            if (signature[i].Levels is not { } levels)
                continue;
            level[i] = next;
            next += levels.Count;
            if (signature[i].Optional)
                missing[i] = next++;
        }

        return new LinearEncoding(mean, inverse, value, missing, level, dense, next);
    }

    /// <summary>Every input a number as it is; a missing one counts as 0, or goes through as NaN.</summary>
    public static LinearEncoding Plain(int inputs, bool missingIsNaN = false)
    {
        var inverse = new double[inputs];
        Array.Fill(inverse, 1);
        int[] columns = [.. Enumerable.Range(0, inputs)];
        return new LinearEncoding(new double[inputs], inverse, columns, missingIsNaN ? [.. columns] : Nowhere(inputs), Nowhere(inputs), inputs, inputs);
    }

    public long HeldBytes =>
        MemorySize.Object(48) + MemorySize.Array(Mean) + MemorySize.Array(InverseDeviation)
        + MemorySize.Array(ValueColumn) + MemorySize.Array(MissingColumn) + MemorySize.Array(LevelColumn);

    private static bool IsNumeric(FeatureSignature input) => input.Type is not (ColumnType.Category or ColumnType.Text);

    /// <summary>Whether a missing number makes the sum NaN.</summary>
    public bool KeepsNaN(int input) => MissingColumn[input] >= 0 && MissingColumn[input] == ValueColumn[input];

    /// <summary>The column a category sets for a value, or -1.</summary>
    public int Level(int input, double value) => double.IsNaN(value) ? MissingColumn[input] : LevelColumn[input] + (int)value;

    /// <summary>The one column that a value sets, or -1, and to what: all others of its input are 0.</summary>
    public (int Column, double Value) Encode(int input, double value)
    {
        if (LevelColumn[input] >= 0)
            return (Level(input, value), 1);
        return double.IsNaN(value) && !KeepsNaN(input) ? (MissingColumn[input], 1) : (ValueColumn[input], (value - Mean[input]) * InverseDeviation[input]);
    }

    /// <summary>All columns of an input.</summary>
    /// <param name="levels">Those of a category.</param>
    public IEnumerable<int> ColumnsOf(int input, int levels)
    {
        IEnumerable<int> columns = [ValueColumn[input], MissingColumn[input], .. LevelColumn[input] < 0 ? [] : Enumerable.Range(LevelColumn[input], levels)];
        return columns.Where(c => c >= 0).Distinct();
    }

    private static (double Mean, double Weight) Average(double[] values, double[]? weights, double less, Func<double, double> of)
    {
        double sum = 0, total = 0;
        for (int row = 0; row < values.Length; row++)
        {
            if (double.IsNaN(values[row]))
                continue;
            double weight = weights?[row] ?? 1;
            sum += weight * of(values[row] - less);
            total += weight;
        }

        return (total > 0 ? sum / total : 0, total);
    }

    private static int[] Nowhere(int count)
    {
        var columns = new int[count];
        Array.Fill(columns, -1);
        return columns;
    }

    /// <summary>Mean of the present values and 1 / their population deviation, 0 for none.</summary>
    private static (double Mean, double Inverse) Moments(double[] values, double[]? weights)
    {
        (double mean, double total) = Average(values, weights, 0, v => v);
        if (total == 0)
            return (0, 0);
        double deviation = Math.Sqrt(Average(values, weights, mean, v => v * v).Mean);
        return (mean, double.IsFinite(deviation) && deviation > LeastDeviation * Math.Abs(mean) ? 1 / deviation : 0);
    }
}
