using System.Globalization;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Encoders;

/// <summary>
/// Turns the target column into numbers: itself for regression, else the index of its class. Classes are in ordinal order of their text
/// (numbers: by value), except that a binary spec's positive class is always the last.
/// </summary>
internal static class TargetEncoder
{
    /// <summary>More distinct values than this are a number to regress on, not classes.</summary>
    public const int MaximumClasses = 1000;

    /// <exception cref="MlOpsException">Invalid <c>training-target</c>.</exception>
    public static IReadOnlyList<string> FitClasses(TrainingSpec spec, Table training)
    {
        Column column = Find(spec.Target, training);
        if (spec.PositiveClass is not null && spec.Task != LearningTask.Binary)
            throw Invalid($"positive class '{spec.PositiveClass}' is given, but only the binary task has one; the task is {spec.Task}");
        if (spec.Task == LearningTask.Regression)
            return [];
        string[] classes = Classes(column);
        CheckCount(spec, classes, training.RowCount);
        return spec.Task == LearningTask.Binary ? PutPositiveLast(spec, classes) : classes;
    }

    /// <summary>The target of every row; NaN for a class that training did not have, which only a validation table can show.</summary>
    /// <exception cref="MlOpsException">Invalid <c>training-target</c>: absent, not numeric for regression, or missing in some rows.</exception>
    public static double[] Encode(TrainingSpec spec, IReadOnlyList<string> classes, Table rows)
    {
        Column column = Find(spec.Target, rows);
        if (spec.Task == LearningTask.Regression)
            return Numbers(column);
        var levels = classes.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i, StringComparer.Ordinal);
        var values = new double[rows.RowCount];
        if (column is NumberColumn numbers)
            EncodeNumbers(numbers, levels, values);
        else
            for (int row = 0; row < values.Length; row++)
                values[row] = levels.TryGetValue(column.Format(row)!, out int k) ? k : double.NaN;
        return values;
    }

    /// <summary>Each number is made a text once, not in every row.</summary>
    private static void EncodeNumbers(NumberColumn column, Dictionary<string, int> levels, double[] values)
    {
        var known = new Dictionary<long, double>();
        for (int row = 0; row < values.Length; row++)
        {
            long bits = BitConverter.DoubleToInt64Bits(column.Values[row]);
            if (!known.TryGetValue(bits, out double k))
                known[bits] = k = levels.TryGetValue(column.Format(row)!, out int level) ? level : double.NaN;
            values[row] = k;
        }
    }

    private static Column Find(string target, Table rows)
    {
        Column column = rows.Find(target) ?? throw Invalid(
            $"target column '{target}' is not in the table{NameSuggestion.Hint(target, rows.ColumnNames)} (it has: {string.Join(", ", rows.ColumnNames)})");
        int[] missing = [.. Enumerable.Range(0, column.Count).Where(column.IsMissing)];
        return missing.Length == 0
            ? column
            : throw Invalid($"target '{target}' is missing in {missing.Length} of {column.Count} rows, first in row {missing[0] + 1}: fill or drop these rows");
    }

    private static double[] Numbers(Column column)
    {
        if (column is not NumberColumn numbers)
            throw Invalid($"target '{column.Name}' is {column.Type} ('{column.Format(0)}' in row 1), regression needs a number: use task binary or multiclass");
        return Infinite.Find(numbers.Values) is { } row
            ? throw Invalid($"target '{column.Name}' is infinite in row {row + 1}, regression needs finite numbers")
            : numbers.Values.ToArray();
    }

    private static string[] Classes(Column column)
    {
        if (column is NumberColumn numbers)
            return NumberClasses(numbers);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int row = 0; row < column.Count; row++)
            seen.Add(column.Format(row)!);
        return [.. seen.Order(StringComparer.Ordinal)];
    }

    private static string[] NumberClasses(NumberColumn column)
    {
        var bits = new HashSet<long>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int row = 0; row < column.Count; row++)
        {
            if (bits.Add(BitConverter.DoubleToInt64Bits(column.Values[row])))
                seen.Add(column.Format(row)!);
        }

        return [.. seen.OrderBy(s => double.Parse(s, CultureInfo.InvariantCulture))];
    }

    private static void CheckCount(TrainingSpec spec, string[] classes, int rows)
    {
        string shown = string.Join(", ", classes.Take(5).Select(c => $"'{c}'")) + (classes.Length > 5 ? ", ..." : "");
        string? advice = (spec.Task, classes.Length) switch
        {
            (_, 1) => $"has one class ({shown}) in {rows} rows, so there is nothing to learn: check the filters and the split",
            (LearningTask.Binary, 2) => null,
            (LearningTask.Binary, _) => $"has {classes.Length} classes ({shown}), the binary task needs exactly 2: use task multiclass",
            (_, 2) => $"has 2 classes ({shown}), the multiclass task needs 3 or more: use task binary",
            (_, > MaximumClasses) => $"has {classes.Length} classes ({shown}), at most {MaximumClasses} are allowed: use task regression for a number",
            _ => null,
        };
        if (advice is not null)
            throw Invalid($"target '{spec.Target}' {advice}");
    }

    private static string[] PutPositiveLast(TrainingSpec spec, string[] classes) => spec.PositiveClass switch
    {
        null => classes,
        { } positive when positive == classes[1] => classes,
        { } positive when positive == classes[0] => [classes[1], classes[0]],
        { } positive => throw Invalid($"positive class '{positive}' does not occur in target '{spec.Target}', which has '{classes[0]}' and '{classes[1]}'"),
    };

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("training-target", message);
}
