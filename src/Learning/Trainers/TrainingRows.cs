using System.Buffers;
using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers.Binned;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers;

/// <summary>
/// Some rows of a table for a fit, and others of the same table to watch or measure it on, with no more of them in memory than the trainer
/// looks at: where bins are all that it sees (`gbdt`, `forest`), a byte for each number feature instead of eight. The model and its scores
/// of these rows are the same as from copies; other trainers get copies.
/// </summary>
public sealed class TrainingRows
{
    private const int BlockRows = 2048;

    private readonly Table _table;
    private readonly BinRule? _rule;
    private readonly Workers _workers;
    private readonly (NumberColumn Column, NumberBins Bins)[] _binned = [];

    /// <param name="training">The rows to learn from, in this order.</param>
    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>, as of a fit; TooLarge <c>training-too-large</c>.</exception>
    public TrainingRows(ITrainer trainer, TrainingSpec spec, Table table, int[] training, CancellationToken cancellationToken)
    {
        (_table, _workers) = (table, new Workers(spec.Threads, cancellationToken));
        if (trainer is IBinLearner learner)
        {
            _rule = new BinRule(learner, spec);
            _binned = Fit(_rule, training);
        }

        Training = Take(training);
    }

    /// <summary>The rows to learn from: for the trainer and spec they were taken for, for models of it, and for nothing else.</summary>
    public Table Training { get; }

    /// <summary>Bytes that a number takes in the rows of a trainer: 1 where it looks at bins alone, else 8.</summary>
    public static int NumberBytes(ITrainer trainer) => trainer is IBinLearner ? sizeof(byte) : sizeof(double);

    /// <summary>Other rows of the table, for the same.</summary>
    public Table Take(int[] rows)
    {
        if (_binned.Length == 0)
            return _table.Take(rows);
        Dictionary<string, Column> binned = Bin(rows).ToDictionary(c => c.Name, c => (Column)c, StringComparer.Ordinal);
        return new Table([.. _table.Columns.Select(c => binned.GetValueOrDefault(c.Name) ?? c.Take(rows))], rows.Length);
    }

    private (NumberColumn Column, NumberBins Bins)[] Fit(BinRule rule, int[] training)
    {
        NumberColumn[] columns = [.. rule.Features(_table.ColumnNames).Select(name => _table[name]).OfType<NumberColumn>()];
        int[] sample = [.. rule.Sample(training.Length).Select(at => training[at])];
        var bins = new NumberBins[columns.Length];
        _workers.Run(columns.Length, c =>
        {
            double[] values = ArrayPool<double>.Shared.Rent(sample.Length);
            Gather(columns[c].Values, sample, values);
            bins[c] = rule.Bins(values.AsSpan(0, sample.Length));
            ArrayPool<double>.Shared.Return(values);
        });
        return [.. columns.Zip(bins).Where(c => c.Second.Divides)];
    }

    /// <summary>Those whose numbers are finite: with others the rows are refused, by their numbers.</summary>
    private List<BinnedColumn> Bin(int[] rows)
    {
        var store = new BinStore(_binned.Length, rows.Length);
        var infinite = new bool[_binned.Length];
        _workers.RunRanges(rows.Length, BlockRows, (_, from, to) =>
        {
            Span<double> values = stackalloc double[BlockRows];
            values = values[..(to - from)];
            for (int c = 0; c < _binned.Length; c++)
            {
                Gather(_binned[c].Column.Values, rows.AsSpan(from, values.Length), values);
                if (Infinite.Find(values) is not null)
                    infinite[c] = true;
                _binned[c].Bins.BinsOf(values, store.From(from, c), store.Stride);
            }
        });
        var binned = new List<BinnedColumn>();
        for (int c = 0; c < _binned.Length; c++)
        {
            if (!infinite[c])
                binned.Add(new BinnedColumn(_binned[c].Column.Name, _binned[c].Bins, _rule!.Most, store, c, rows.Length));
        }

        return binned;
    }

    private static void Gather(ReadOnlySpan<double> column, ReadOnlySpan<int> rows, Span<double> into)
    {
        for (int i = 0; i < rows.Length; i++)
            into[i] = column[rows[i]];
    }
}
