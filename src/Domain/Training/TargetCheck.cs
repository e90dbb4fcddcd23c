using System.Globalization;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>
/// Looks at the target of every row, before the rows are divided: training would count within its own part, and a gap among the test
/// rows would only show when the model is there.
/// </summary>
public static class TargetCheck
{
    /// <returns>What is wrong, each with its place; nothing when the column is absent.</returns>
    /// <param name="format">Of the data set version: <c>csv</c> or <c>jsonl</c>.</param>
    public static IEnumerable<string> Problems(Table table, string target, LearningTask task, string format)
    {
        if (table.Find(target) is not { } truth)
            yield break;
        int[] missing = [.. Enumerable.Range(0, truth.Count).Where(truth.IsMissing)];
        if (missing.Length > 0)
            yield return Invariant($"target '{target}' is missing in {missing.Length:N0} of {truth.Count:N0} rows, first in {Place(missing[0], format)}: fill or drop these rows");
        if (task != LearningTask.Regression || truth is not NumberColumn numbers)
            yield break;
        int[] infinite = [.. Enumerable.Range(0, truth.Count).Where(row => double.IsInfinity(numbers.Values[row]))];
        if (infinite.Length > 0)
            yield return Invariant($"target '{target}' is infinite in {infinite.Length:N0} of {truth.Count:N0} rows, first in {Place(infinite[0], format)}: a regression needs finite numbers");
    }

    // A table does not keep its lines; only a field with a line break, or a blank line, moves them.
    private static string Place(int row, string format) => Invariant($"row {row + 1} (line {row + (format == "csv" ? 2 : 1)} where each row is one line)");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
