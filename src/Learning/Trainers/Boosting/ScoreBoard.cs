using System.Runtime.CompilerServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The scores of some rows as trees are added, output-major, and their loss.</summary>
internal sealed class ScoreBoard
{
    private const int RowsPerItem = 8192;

    private readonly BinnedTable _table;
    private readonly Objective _objective;

    public ScoreBoard(BinnedTable table, Objective objective, TargetRows target)
    {
        (_table, _objective, Target) = (table, objective, target);
        Scores = new double[CellCount.Of(target.Count, objective.Outputs, "classes")];
        for (int k = 0; k < objective.Outputs; k++)
            Scores.AsSpan(k * target.Count, target.Count).Fill(objective.Start[k]);
    }

    public TargetRows Target { get; }

    public double[] Scores { get; }

    /// <summary>Adds a round's trees by walking them.</summary>
    public void Add(Node[] trees, Workers workers) => workers.RunRanges(Target.Count, RowsPerItem, (_, from, to) =>
    {
        for (int k = 0; k < trees.Length; k++)
        {
            for (int i = from; i < to; i++)
                Scores[(k * Target.Count) + i] += trees[k].Predict(_table.Row(i));
        }
    });

    /// <summary>Adds a tree by the leaves its rows lie in already; only rows that were not drawn walk it.</summary>
    /// <param name="byLeaf">The drawn rows, ordered by leaf.</param>
    /// <param name="drawn">The drawn rows, ascending.</param>
    public void Add(Node tree, int output, int[] byLeaf, int[] drawn, Workers workers)
    {
        List<Node> leaves = tree.Leaves();
        workers.Run(leaves.Count, i => AddLeaf(leaves[i].Value, byLeaf.AsSpan(leaves[i].Start, leaves[i].Count), Scores.AsSpan(output * Target.Count, Target.Count)));
        if (drawn.Length < Target.Count)
            workers.RunRanges(Target.Count, RowsPerItem, (_, from, to) => AddRest(tree, output, drawn, from, to));
    }

    /// <summary>Sums are taken in ranges of fixed size, in order, so that the figure does not depend on the threads.</summary>
    public double Loss(Workers workers)
    {
        var sums = new double[Workers.Ranges(Target.Count, RowsPerItem)];
        workers.RunRanges(Target.Count, RowsPerItem, (i, from, to) => sums[i] = _objective.Loss(Scores, Target, from, to));
        return _objective.Shown(sums.Sum() / Target.TotalWeight);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddLeaf(double value, ReadOnlySpan<int> rows, Span<double> scores)
    {
        foreach (int row in rows)
            scores[row] += value;
    }

    private void AddRest(Node tree, int output, int[] drawn, int from, int to)
    {
        int next = Array.BinarySearch(drawn, from);
        next = next < 0 ? ~next : next;
        for (int row = from; row < to; row++)
        {
            if (next < drawn.Length && drawn[next] == row)
                next++;
            else
                Scores[(output * Target.Count) + row] += tree.Predict(_table.Row(row));
        }
    }
}
