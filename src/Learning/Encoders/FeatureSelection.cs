using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Encoders;

/// <summary>Which columns of the training table a spec makes features, and what the model must remember of them.</summary>
internal static class FeatureSelection
{
    /// <param name="takesText">Whether the trainer can make something of free text.</param>
    /// <exception cref="MlOpsException">Invalid <c>training-features</c>: all problems of the selection at once.</exception>
    public static IReadOnlyList<FeatureSignature> Fit(TrainingSpec spec, Table training, bool takesText)
    {
        string[] names = spec.Features.Count > 0 ? [.. spec.Features] : [.. training.ColumnNames.Where(n => n != spec.Target && n != spec.Weight)];
        List<string> problems = [.. Problems(spec, training, names, takesText)];
        if (problems.Count > 0)
            throw MlOpsException.Invalid("training-features", $"features cannot be used: {string.Join("; ", problems)}");
        return [.. names.Select(n => Describe(training[n]))];
    }

    private static IEnumerable<string> Problems(TrainingSpec spec, Table training, string[] names, bool takesText)
    {
        foreach (string duplicate in names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key))
            yield return $"'{duplicate}' is listed more than once";
        foreach (string name in names.Distinct(StringComparer.Ordinal))
        {
            if (Problem(spec, training, name, takesText) is { } problem)
                yield return problem;
        }

        if (!names.Any(n => training.Find(n) is { } c && Varies(c)))
            yield return $"none of the {names.Length} feature columns has two different values, so there is nothing to learn from";
    }

    private static string? Problem(TrainingSpec spec, Table training, string name, bool takesText) => training.Find(name) switch
    {
        null => $"column '{name}' is not in the table{NameSuggestion.Hint(name, training.ColumnNames)} (it has: {string.Join(", ", training.ColumnNames)})",
        _ when name == spec.Target => $"'{name}' is the target and cannot be a feature too",
        _ when name == spec.Weight => $"'{name}' is the weight of the rows and cannot be a feature too",
        TextColumn when !takesText => $"column '{name}' is text: declare it as category, or leave it out of the features",
        NumberColumn c when Infinite.Find(c.Values) is { } row => $"column '{name}' is infinite in row {row + 1}: make it missing or a finite number",
        _ => null,
    };

    private static bool Varies(Column column)
    {
        string? first = column.Format(0);
        for (int row = 1; row < column.Count; row++)
        {
            if (column.Format(row) != first)
                return true;
        }

        return false;
    }

    private static FeatureSignature Describe(Column column)
    {
        bool optional = false;
        for (int row = 0; row < column.Count && !optional; row++)
            optional = column.IsMissing(row);
        return new FeatureSignature(column.Name, column.Type, optional, column is CategoryColumn c ? UsedLevels(c) : null);
    }

    /// <summary>Ordinal order, so that the model does not depend on the order of rows or on levels that only other splits have.</summary>
    private static string[] UsedLevels(CategoryColumn column)
    {
        var used = new bool[column.Levels.Count];
        foreach (int code in column.Codes)
        {
            if (code >= 0)
                used[code] = true;
        }

        string[] levels = [.. column.Levels.Where((_, i) => used[i])];
        Array.Sort(levels, StringComparer.Ordinal);
        return levels;
    }
}

internal static class Infinite
{
    /// <summary>The first row that is plus or minus infinity, or null.</summary>
    public static int? Find(ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsInfinity(values[i]))
                return i;
        }

        return null;
    }
}
