using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>A row far beyond the others; its derivatives are whole numbers of the units too, so that sums with it stay exact.</summary>
/// <param name="Cell">Where it stands among the derivatives of all outputs.</param>
internal readonly record struct HeavyRow(int Cell, Vector128<double> Sum)
{
    public static HeavyRow Of(int cell, GradientPair pair, GradientUnits units) => new(
        cell, Vector128.Create(Math.Round(pair.Gradient / units.Gradient) * units.Gradient, Math.Round(pair.Hessian / units.Hessian) * units.Hessian));
}

/// <summary>
/// The rows that are not packed with the others: one row of much weight, or a tail of the target, would else set a unit that rounds all
/// others away.
/// </summary>
/// <param name="rows">By cell.</param>
internal sealed class HeavyRows(HeavyRow[] rows)
{
    /// <summary>Adds those among some rows of an output to the histograms of some features.</summary>
    /// <param name="among">Ascending.</param>
    public void AddTo(Vector128<double>[] histogram, GrowerData data, TreeTask task, ReadOnlySpan<int> among)
    {
        if (among.IsEmpty)
            return;
        for (int i = First(task.Offset + among[0]), last = task.Offset + among[^1]; i < rows.Length && rows[i].Cell <= last; i++)
        {
            int at = among.BinarySearch(rows[i].Cell - task.Offset);
            if (at >= 0)
                Add(histogram, data, task.Features, among[at], rows[i].Sum);
        }
    }

    private static void Add(Vector128<double>[] histogram, GrowerData data, int[] features, int row, Vector128<double> sum)
    {
        ReadOnlySpan<byte> bins = data.Table.Row(row);
        foreach (int feature in features)
            histogram[data.Layout.Offsets[feature] + bins[feature]] += sum;
    }

    private int First(int cell)
    {
        int from = 0;
        for (int to = rows.Length; from < to;)
        {
            int middle = from + ((to - from) / 2);
            (from, to) = rows[middle].Cell < cell ? (middle + 1, to) : (from, middle);
        }

        return from;
    }
}
