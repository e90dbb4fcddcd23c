using MlOps.Learning.Tables;
using MlOps.Learning.Tables.Parsing;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Binned;

/// <summary>Takes the numbers of some rows of a file, by which the bins of its columns are chosen.</summary>
/// <param name="rows">The rows of the sample, ascending.</param>
internal sealed class BinSample(BinRule rule, CsvOptions options, int[] rows)
{
    private NumberFields[] _columns = [];
    private double[][] _values = [];
    private int _taken;

    /// <summary>Rows that the file had so far.</summary>
    public int RowsSeen { get; private set; }

    /// <returns>False when no feature looks like a number.</returns>
    public bool Begin(IReadOnlyList<string> names, CsvBlock first)
    {
        List<string> all = [.. names];
        _columns = [.. rule.Features(all).Select(name => NumberFields.Of(name, all.IndexOf(name), first, options)).OfType<NumberFields>()];
        _values = [.. _columns.Select(_ => GC.AllocateUninitializedArray<double>(rows.Length))];
        return _columns.Length > 0;
    }

    /// <returns>False when a column is not of numbers after all.</returns>
    public bool Read(CsvBlock block)
    {
        int begin = _taken, end = begin;
        while (end < rows.Length && rows[end] - RowsSeen < block.Rows)
            end++;
        int workers = Math.Min(options.Workers, _columns.Length);
        bool fits = true;
        Parallel.For(0, workers, worker =>
        {
            for (int c = worker; c < _columns.Length; c += workers)
            {
                if (!TryTake(block, c, begin, end))
                    fits = false;
            }
        });
        _taken = end;
        RowsSeen += block.Rows;
        return fits;
    }

    /// <summary>The columns that have different numbers, and their bins; the sample is used up.</summary>
    public (NumberFields Fields, NumberBins Bins)[] Bins(Workers workers)
    {
        var bins = new NumberBins[_columns.Length];
        workers.Run(bins.Length, c => bins[c] = rule.Bins(_values[c]));
        _values = [];
        return [.. _columns.Zip(bins).Where(c => c.Second.Divides)];
    }

    private bool TryTake(CsvBlock block, int column, int begin, int end)
    {
        var fields = new FieldColumn(block, _columns[column].Index);
        for (int at = begin; at < end; at++)
        {
            if (!_columns[column].TryRead(fields, rows[at] - RowsSeen, _values[column].AsSpan(at, 1)))
                return false;
        }

        return true;
    }
}
