using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Metrics;

/// <summary>Reads the truth out of a column: numbers, or indices of classes by their text as in <see cref="Column.Format"/>.</summary>
internal static class TargetReader
{
    public static double[] Numbers(Column truth)
    {
        if (truth is not NumberColumn numbers)
            throw MlOpsException.Invalid("target-type", $"target '{truth.Name}' is a {truth.Type.ToString().ToLowerInvariant()} column; a regression needs numbers");
        CheckComplete(truth);
        return numbers.Values.ToArray();
    }

    /// <summary>Labels in the order of <paramref name="known"/>; classes only the truth has follow in ordinal order.</summary>
    public static (int[] Labels, IReadOnlyList<string> Classes) Labels(Column truth, IReadOnlyList<string> known, LearningTask task)
    {
        CheckComplete(truth);
        string[] texts = [.. Enumerable.Range(0, truth.Count).Select(row => truth.Format(row)!)];
        string[] unseen = [.. texts.Distinct(StringComparer.Ordinal).Except(known, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (task == LearningTask.Binary && unseen.Length > 0)
            throw MlOpsException.Invalid("target-class", $"target '{truth.Name}' has the value '{unseen[0]}' in row {Array.IndexOf(texts, unseen[0]) + 1}; the model knows '{known[0]}' and '{known[1]}'");
        string[] classes = [.. known, .. unseen];
        Dictionary<string, int> index = classes.Select((name, k) => (name, k)).ToDictionary(c => c.name, c => c.k, StringComparer.Ordinal);
        return ([.. texts.Select(text => index[text])], classes);
    }

    private static void CheckComplete(Column truth)
    {
        if (truth.Count == 0)
            throw MlOpsException.Invalid("target-empty", $"there is no row to evaluate target '{truth.Name}' on");
        int[] missing = [.. Enumerable.Range(0, truth.Count).Where(truth.IsMissing)];
        if (missing.Length > 0)
            throw MlOpsException.Invalid("target-missing", $"target '{truth.Name}' is missing in {missing.Length} of {truth.Count} rows, first in row {missing[0] + 1}; remove these rows or fill in the truth");
    }
}
