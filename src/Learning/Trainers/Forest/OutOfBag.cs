namespace MlOps.Learning.Trainers.Forest;

/// <summary>
/// What a forest is worth on rows it has not seen, without holding any out: each row is answered by the trees that did not draw it
/// (Breiman 2001, section 3.1). Trees are added in their order whatever the threads.
/// </summary>
internal sealed class OutOfBag(ForestData data)
{
    private const int RowsPerItem = 4096;

    private readonly double[] _sums = new double[CellCount.Of(data.Table.RowCount, data.Outputs, "classes")];
    private readonly int[] _trees = new int[data.Table.RowCount];

    public void Add(IReadOnlyList<(ForestTree Tree, byte[] Drawn)> grown, Workers workers) => workers.RunRanges(data.Table.RowCount, RowsPerItem, (_, from, to) =>
    {
        foreach ((ForestTree tree, byte[] drawn) in grown)
        {
            for (int row = from; row < to; row++)
            {
                if (drawn[row] == 0)
                    Add(tree, row);
            }
        }
    });

    /// <summary>Rows that some tree did not draw, and the share of them (by weight) that is right, or the share of their variance that is explained.</summary>
    public (int Rows, double Score) Result(LearningTask task)
    {
        int[] rows = [.. Enumerable.Range(0, _trees.Length).Where(row => _trees[row] > 0 && WeightOf(row) > 0)];
        double weight = rows.Sum(WeightOf);
        return (rows.Length, task == LearningTask.Regression ? Explained(rows, weight) : rows.Where(IsRight).Sum(WeightOf) / weight);
    }

    private void Add(ForestTree tree, int row)
    {
        int leaf = tree.Find(data.Table.Row(row), data.Features);
        for (int k = 0; k < data.Outputs; k++)
            _sums[(row * data.Outputs) + k] += tree.Leaves[(leaf * data.Outputs) + k];
        _trees[row]++;
    }

    private double WeightOf(int row) => data.Weights?[row] ?? 1;

    private double Mean(int row) => _sums[row] / _trees[row];

    private bool IsRight(int row)
    {
        if (data.Classes == 0)
            return Mean(row) >= 0.5 == data.Target[row] > 0.5;
        ReadOnlySpan<double> sums = _sums.AsSpan(row * data.Outputs, data.Outputs);
        int best = 0;
        for (int k = 1; k < sums.Length; k++)
            best = sums[k] > sums[best] ? k : best;
        return best == (int)data.Target[row];
    }

    private double Explained(int[] rows, double weight)
    {
        double mean = rows.Sum(row => WeightOf(row) * data.Target[row]) / weight;
        double error = rows.Sum(row => WeightOf(row) * Squared(data.Target[row] - Mean(row)));
        return 1 - (error / rows.Sum(row => WeightOf(row) * Squared(data.Target[row] - mean)));
    }

    private static double Squared(double value) => value * value;
}
