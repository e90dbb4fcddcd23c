namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The scores of some rows as trees are added, output-major, and their loss.</summary>
internal sealed class ScoreBoard
{
    private const int RowsPerItem = 8192;

    private readonly BinnedTable _table;
    private readonly Objective _objective;
    private readonly double[] _target;

    public ScoreBoard(BinnedTable table, Objective objective, double[] target)
    {
        (_table, _objective, _target) = (table, objective, target);
        Scores = new double[CellCount.Of(target.Length, objective.Outputs, "classes")];
        for (int k = 0; k < objective.Outputs; k++)
            Scores.AsSpan(k * target.Length, target.Length).Fill(objective.Start[k]);
    }

    public double[] Scores { get; }

    /// <summary>Adds a round's trees by walking them.</summary>
    public void Add(Node[] trees, Workers workers) => workers.RunRanges(_target.Length, RowsPerItem, (_, from, to) =>
    {
        for (int k = 0; k < trees.Length; k++)
        {
            for (int i = from; i < to; i++)
                Scores[(k * _target.Length) + i] += trees[k].Predict(_table.Row(i));
        }
    });

    /// <summary>Adds a tree by the leaves its rows lie in already; only rows that were not drawn walk it.</summary>
    /// <param name="byLeaf">The drawn rows, ordered by leaf.</param>
    /// <param name="drawn">The drawn rows, ascending.</param>
    public void Add(Node tree, int output, int[] byLeaf, int[] drawn)
    {
        Span<double> scores = Scores.AsSpan(output * _target.Length, _target.Length);
        foreach (Node leaf in tree.Leaves())
        {
            foreach (int row in byLeaf.AsSpan(leaf.Start, leaf.Count))
                scores[row] += leaf.Value;
        }

        int next = 0;
        for (int row = 0; drawn.Length < scores.Length && row < scores.Length; row++)
        {
            if (next < drawn.Length && drawn[next] == row)
                next++;
            else
                scores[row] += tree.Predict(_table.Row(row));
        }
    }

    /// <summary>Sums are taken in ranges of fixed size, in order, so that the figure does not depend on the threads.</summary>
    public double Loss(Workers workers)
    {
        var sums = new double[Workers.Ranges(_target.Length, RowsPerItem)];
        workers.RunRanges(_target.Length, RowsPerItem, (i, from, to) => sums[i] = _objective.Loss(Scores, _target, from, to));
        return _objective.Shown(sums.Sum() / _target.Length);
    }
}
