using CsvHelper;
using MlOps.Learning.Tables;

namespace MlOps.Bench.Csv;

/// <summary>
/// The table built with CsvHelper by its fastest calls: types known beforehand, numbers parsed from the bytes, texts pooled and
/// dictionary-coded. No inference, so that it has less to do than our reader.
/// </summary>
internal static class CsvHelperReader
{
    private static readonly CsvReaderOptions Options = CsvReaderOptions.Default with { Separator = ',', PoolStrings = true };

    public static Table Read(string path, TableSchema schema)
    {
        using var reader = CsvHelper.CsvReader.FromFile(path, Options);
        CellList[] columns = [.. schema.Columns.Select(c => CellList.Of(c.Type))];
        while (reader.Read())
        {
            for (int c = 0; c < columns.Length; c++)
                columns[c].Add(reader, c);
        }

        return new Table([.. columns.Select((cells, c) => cells.Build(schema.Columns[c].Name))]);
    }

    private abstract class CellList
    {
        public static CellList Of(ColumnType type) => type switch
        {
            ColumnType.Number => new Numbers(),
            ColumnType.Timestamp => new Times(),
            _ => new Levels(),
        };

        public abstract void Add(CsvHelper.CsvReader reader, int column);

        public abstract Column Build(string name);
    }

    private sealed class Numbers : CellList
    {
        private readonly List<double> _values = [];

        public override void Add(CsvHelper.CsvReader reader, int column) => _values.Add(reader.IsEmpty(column) ? double.NaN : reader.Parse<double>(column));

        public override Column Build(string name) => new NumberColumn(name, [.. _values]);
    }

    private sealed class Times : CellList
    {
        private readonly List<long> _ticks = [];

        public override void Add(CsvHelper.CsvReader reader, int column) => _ticks.Add(reader.IsEmpty(column)
            ? TimestampColumn.Missing
            : reader.Parse<DateTime>(column).Ticks);

        public override Column Build(string name) => new TimestampColumn(name, [.. _ticks]);
    }

    private sealed class Levels : CellList
    {
        private readonly List<int> _codes = [];
        private readonly List<string> _levels = [];
        private readonly Dictionary<string, int> _index = [];

        public override void Add(CsvHelper.CsvReader reader, int column)
        {
            string field = reader.GetString(column);
            int code = -1;
            if (field.Length > 0 && !_index.TryGetValue(field, out code))
            {
                _index[field] = code = _levels.Count;
                _levels.Add(field);
            }

            _codes.Add(code);
        }

        public override Column Build(string name) => new CategoryColumn(name, [.. _codes], _levels);
    }
}
