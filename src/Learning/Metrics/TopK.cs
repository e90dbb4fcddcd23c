using System.Globalization;

namespace MlOps.Learning.Metrics;

/// <summary>
/// Share of rows whose true class is among the k most probable. Of equal probabilities the class that comes later counts as more probable,
/// as in scikit-learn.
/// </summary>
internal static class TopK
{
    public static readonly int[] Sizes = [2, 3, 5];

    public static string Name(int k) => string.Create(CultureInfo.InvariantCulture, $"top{k}Accuracy");

    /// <summary>For each row how many classes stand before the true one; all of them where the model does not know it.</summary>
    public static int[] Above(ReadOnlySpan<double> probabilities, int classes, ReadOnlySpan<int> labels)
    {
        var above = new int[labels.Length];
        for (int row = 0; row < above.Length; row++)
            above[row] = labels[row] < classes ? Above(probabilities.Slice(row * classes, classes), labels[row]) : classes;
        return above;
    }

    public static double Accuracy(int[] above, int k, RowWeights weights)
    {
        double hits = 0;
        for (int row = 0; row < above.Length; row++)
            hits += above[row] < k ? weights.Values[row] : 0;
        return hits / weights.Sum;
    }

    private static int Above(ReadOnlySpan<double> row, int label)
    {
        int above = 0;
        for (int k = 0; k < row.Length; k++)
            above += row[k] > row[label] || (row[k] == row[label] && k > label) ? 1 : 0;
        return above;
    }
}
