using System.Globalization;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>
/// Looks at the target of every row, before the rows are divided: training would count within its own part, and a gap among the test
/// rows would only show when the model is there.
/// </summary>
internal static class TargetCheck
{
    /// <param name="format">Of the data set version: <c>csv</c> or <c>jsonl</c>.</param>
    public static IEnumerable<string> Problems(Table table, PipelineSpec spec, string format)
    {
        if (table.Find(spec.Target) is not { } target)
            yield break;
        int[] missing = [.. Enumerable.Range(0, target.Count).Where(target.IsMissing)];
        if (missing.Length > 0)
            yield return Invariant($"target '{spec.Target}' is missing in {missing.Length:N0} of {target.Count:N0} rows, first in {Place(missing[0], format)}: fill or drop these rows");
        if (spec.Task != LearningTask.Regression || target is not NumberColumn numbers)
            yield break;
        int[] infinite = [.. Enumerable.Range(0, target.Count).Where(row => double.IsInfinity(numbers.Values[row]))];
        if (infinite.Length > 0)
            yield return Invariant($"target '{spec.Target}' is infinite in {infinite.Length:N0} of {target.Count:N0} rows, first in {Place(infinite[0], format)}: a regression needs finite numbers");
    }

    // A table does not keep its lines; only a field with a line break, or a blank line, moves them.
    private static string Place(int row, string format) => Invariant($"row {row + 1} (line {row + (format == "csv" ? 2 : 1)} where each row is one line)");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
