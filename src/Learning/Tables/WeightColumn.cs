using System.Globalization;

namespace MlOps.Learning.Tables;

/// <summary>A column that says how much each row counts.</summary>
internal static class WeightColumn
{
    /// <param name="code">Of the error.</param>
    /// <param name="mayAllBeZero">Whether rows that weigh nothing at all will do.</param>
    /// <returns>A copy: one a row, finite, 0 or more, their sum finite and above 0.</returns>
    /// <exception cref="MlOpsException">Invalid, with the row where there is one: it is no column of numbers, or a value of it cannot be a weight.</exception>
    public static double[] Read(Column column, string code, bool mayAllBeZero = false)
    {
        if (column is not NumberColumn numbers)
            throw MlOpsException.Invalid(code, $"weight column '{column.Name}' is {column.Type}, weights are numbers: declare it as a number or take another column");
        double[] weights = numbers.Values.ToArray();
        int wrong = Array.FindIndex(weights, w => !(w >= 0 && double.IsFinite(w)));
        if (wrong >= 0)
        {
            throw MlOpsException.Invalid(code,
                $"weight column '{column.Name}' is {column.Format(wrong) ?? "missing"} in row {wrong + 1}, a weight is a finite number of 0 or more: mend it, or use 0 to leave the row out");
        }

        double sum = weights.Sum();
        if ((sum > 0 || mayAllBeZero) && double.IsFinite(sum))
            return weights;
        throw MlOpsException.Invalid(code, string.Create(CultureInfo.InvariantCulture,
            $"the weights in column '{column.Name}' sum to {sum:R} over {weights.Length} rows, they must sum to a finite number above 0"));
    }
}
