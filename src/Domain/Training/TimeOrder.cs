using MlOps.Learning.Tables;

namespace MlOps.Domain.Training;

/// <summary>Rows in order of time (stable). A cut never separates rows of the same instant: they all go to the later part.</summary>
internal sealed class TimeOrder
{
    private readonly int[] _rows;
    private readonly double[] _times;

    private TimeOrder(int[] rows, double[] times) => (_rows, _times) = (rows, times);

    /// <exception cref="MlOpsException">Invalid <c>split-column</c>: not a timestamp or number column, or a value is missing.</exception>
    public static TimeOrder Of(Column column)
    {
        double[] times = column switch
        {
            // Ticks exceed the exact integers of a double by a factor of 70: instants closer than 10 microseconds may tie.
            TimestampColumn stamps => [.. stamps.Ticks.ToArray().Select(ticks => (double)ticks)],
            NumberColumn numbers => numbers.Values.ToArray(),
            _ => throw MlOpsException.Invalid("split-column", $"rows cannot be ordered by '{column.Name}', a {column.Type.ToString().ToLowerInvariant()} column; use a timestamp or a number"),
        };
        int missing = Enumerable.Range(0, column.Count).Where(column.IsMissing).FirstOrDefault(-1);
        if (missing >= 0)
            throw MlOpsException.Invalid("split-column", $"rows cannot be ordered by '{column.Name}': it is missing in row {missing + 1}");
        int[] rows = [.. Enumerable.Range(0, column.Count).OrderBy(row => times[row])];
        return new TimeOrder(rows, [.. rows.Select(row => times[row])]);
    }

    public DataSplit Split(SplitSpec spec) => Cut(CutBefore(_rows.Length - Size(spec.Test)), _rows.Length, Size(spec.Validation));

    /// <summary>Forward chaining: one block more than folds; fold f trains on the blocks up to f and is tested on the next.</summary>
    public IReadOnlyList<DataSplit> Folds(SplitSpec spec)
    {
        int[] cuts = [.. Enumerable.Range(1, spec.Folds + 1).Select(block => CutBefore((int)((long)_rows.Length * block / (spec.Folds + 1))))];
        return [.. Enumerable.Range(0, spec.Folds).Select(fold => Cut(cuts[fold], cuts[fold + 1], (int)Math.Round(cuts[fold] * spec.Validation)))];
    }

    private DataSplit Cut(int testFrom, int testTo, int validation)
    {
        int validationFrom = CutBefore(Math.Max(0, testFrom - validation));
        return new DataSplit(_rows[..validationFrom], _rows[validationFrom..testFrom], _rows[testFrom..testTo]);
    }

    private int Size(double share) => share == 0 ? 0 : Math.Max(1, (int)Math.Round(_rows.Length * share));

    private int CutBefore(int at)
    {
        while (at > 0 && at < _times.Length && _times[at - 1] == _times[at])
            at--;
        return at;
    }
}
