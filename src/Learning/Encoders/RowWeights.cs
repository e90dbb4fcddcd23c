using System.Globalization;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Encoders;

/// <summary>How much each row of a table counts.</summary>
internal static class RowWeights
{
    /// <summary>One a row, or null when the spec names no column.</summary>
    /// <param name="mayAllBeZero">Whether rows that weigh nothing at all will do, as those that are only watched.</param>
    /// <exception cref="MlOpsException">Invalid <c>training-weight</c>: the column is absent, no number, or a value of it cannot be a weight.</exception>
    public static double[]? Of(TrainingSpec spec, Table rows, bool mayAllBeZero = false)
    {
        if (spec.Weight is not { } name)
            return null;
        if (name == spec.Target)
            throw Invalid($"weight column '{name}' is the target; weigh the rows by another column");
        Column column = rows.Find(name) ?? throw Invalid(
            $"weight column '{name}' is not in the table{NameSuggestion.Hint(name, rows.ColumnNames)} (it has: {string.Join(", ", rows.ColumnNames)})");
        if (column is not NumberColumn numbers)
            throw Invalid($"weight column '{name}' is {column.Type}, weights are numbers");
        double[] weights = numbers.Values.ToArray();
        Check(name, weights, mayAllBeZero);
        return weights;
    }

    /// <summary>For trainers that cannot weigh rows: a weight that is ignored would be a wrong model.</summary>
    /// <exception cref="MlOpsException">Invalid <c>training-weight</c>: the spec names a column.</exception>
    public static void Refuse(TrainingSpec spec, string trainer)
    {
        if (spec.Weight is { } name)
            throw Invalid($"trainer '{trainer}' cannot weigh rows (weight column '{name}'): train without them");
    }

    private static void Check(string name, double[] weights, bool mayAllBeZero)
    {
        int wrong = Array.FindIndex(weights, w => !(w >= 0) || double.IsInfinity(w));
        if (wrong >= 0)
        {
            string value = double.IsNaN(weights[wrong]) ? "missing" : weights[wrong].ToString("R", CultureInfo.InvariantCulture);
            throw Invalid($"weight column '{name}' is {value} in row {wrong + 1}, a weight is a finite number of 0 or more: mend the row or drop it");
        }

        double sum = weights.Sum();
        if ((!(sum > 0) && !mayAllBeZero) || double.IsInfinity(sum))
            throw Invalid($"the weights in column '{name}' sum to {sum.ToString("R", CultureInfo.InvariantCulture)} over {weights.Length} rows, they must sum to a finite number above 0");
    }

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("training-weight", message);
}
