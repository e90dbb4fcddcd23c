using System.Buffers;
using System.Globalization;
using System.Text;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Batch;

/// <summary>Writes the fields of one column as CSV in UTF-8: numbers without a text in between, levels encoded once.</summary>
internal abstract class CsvFields
{
    /// <summary>A double takes 24 characters at most.</summary>
    private const int MostNumberBytes = 32;

    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    public abstract void Write(int row, IBufferWriter<byte> to);

    public static CsvFields Of(Column column) => column switch
    {
        NumberColumn numbers => new Numbers(numbers),
        CategoryColumn levels => new Levels(levels),
        _ => new Texts(column),
    };

    public static string Quoted(string field) =>
        field.AsSpan().IndexOfAny(Special) < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private sealed class Numbers(NumberColumn column) : CsvFields
    {
        public override void Write(int row, IBufferWriter<byte> to)
        {
            double value = column.Values[row];
            if (!double.IsNaN(value) && value.TryFormat(to.GetSpan(MostNumberBytes), out int bytes, default, CultureInfo.InvariantCulture))
                to.Advance(bytes);
        }
    }

    private sealed class Levels(CategoryColumn column) : CsvFields
    {
        private readonly byte[]?[] _encoded = new byte[]?[column.Levels.Count];

        public override void Write(int row, IBufferWriter<byte> to)
        {
            int code = column.Codes[row];
            if (code >= 0)
                to.Write(_encoded[code] ??= Encoding.UTF8.GetBytes(Quoted(column.Levels[code])));
        }
    }

    private sealed class Texts(Column column) : CsvFields
    {
        public override void Write(int row, IBufferWriter<byte> to)
        {
            if (column.Format(row) is { } text)
                Encoding.UTF8.GetBytes(Quoted(text), to);
        }
    }
}
