using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Tables.Parsing;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Binned;

/// <summary>Reads the blocks of a file into a table, the numbers of some columns straight into their bins.</summary>
/// <param name="rows">Rows of the file.</param>
internal sealed class CsvBinner(CsvOptions options, BinRule rule, (NumberFields Fields, NumberBins Bins)[] columns, int rows, CancellationToken cancellationToken)
{
    /// <summary>Few enough that what one column has fetched into the cache is still there for the next.</summary>
    private const int SliceRows = 256;

    private readonly BinStore _store = new(columns.Length, rows);
    private readonly TableProblems _problems = new(1);
    private IReadOnlyList<string> _names = [];
    private ColumnReader?[] _others = [];
    private int _read;
    private volatile bool _fits = true;

    public void Begin(IReadOnlyList<string> names)
    {
        _names = names;
        _others = ColumnPlan.Readers(names, options);
        foreach ((NumberFields fields, _) in columns)
            _others[fields.Index] = null;
    }

    /// <returns>False when the file is to be read as a whole.</returns>
    public bool Read(CsvBlock block)
    {
        Utf8Check.Check(block, _names, _problems);
        if (_problems.Any || block.Rows > rows - _read)
            return false;
        ColumnReader[] others = [.. _others.OfType<ColumnReader>()];
        int slices = Workers.Ranges(block.Rows, SliceRows);
        Parallel.For(
            0,
            others.Length + slices,
            new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancellationToken },
            item =>
            {
                if (item < others.Length)
                    others[item].Read(block, 0, block.Rows, rows);
                else
                    ReadSlice(block, (item - others.Length) * SliceRows);
            });
        _read += block.Rows;
        return _fits && !others.Any(o => o.IsBroken || o.Problems.Any);
    }

    /// <summary>The columns in the order of the file; null when it had fewer rows.</summary>
    public Table? Build()
    {
        if (_read != rows)
            return null;
        var all = new Column[_names.Count];
        for (int c = 0; c < columns.Length; c++)
            all[columns[c].Fields.Index] = new BinnedColumn(columns[c].Fields.Name, columns[c].Bins, rule.Most, _store, c, rows);
        for (int c = 0; c < all.Length; c++)
            all[c] ??= _others[c]!.Build();
        return new Table(all);
    }

    private void ReadSlice(CsvBlock block, int from)
    {
        Span<double> values = stackalloc double[SliceRows];
        values = values[..Math.Min(SliceRows, block.Rows - from)];
        for (int c = 0; c < columns.Length && _fits; c++)
        {
            // Infinite numbers are refused, with the row that only a whole table tells.
            if (columns[c].Fields.TryRead(new FieldColumn(block, columns[c].Fields.Index), from, values) && Infinite.Find(values) is null)
                columns[c].Bins.BinsOf(values, _store.From(_read + from, c), _store.Stride);
            else
                _fits = false;
        }
    }
}
