using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Encoders;

/// <summary>How much each row of a training table counts.</summary>
internal static class TrainingWeights
{
    private const string Code = "training-weight";

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
        return WeightColumn.Read(column, Code, mayAllBeZero);
    }

    /// <summary>For trainers that cannot weigh rows: a weight that is ignored would be a wrong model.</summary>
    /// <exception cref="MlOpsException">Invalid <c>training-weight</c>: the spec names a column.</exception>
    public static void Refuse(TrainingSpec spec, string trainer)
    {
        if (spec.Weight is { } name)
            throw Invalid($"trainer '{trainer}' cannot weigh rows (weight column '{name}'): train without them");
    }

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid(Code, message);
}
