using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Batch;

/// <summary>How the rows of a part are written. To add one: a class here, a name in <see cref="BatchFormat"/>.</summary>
internal abstract class PartFormat
{
    /// <summary>Of the parts' names, without a dot; also the format's name as a data set.</summary>
    public abstract string Extension { get; }

    /// <summary>What each part begins with.</summary>
    public abstract byte[] Header(IReadOnlyList<string> columns);

    public abstract void Write(Table rows, IBufferWriter<byte> to);

    public static PartFormat Of(BatchFormat format) => format == BatchFormat.Csv ? new CsvFormat() : new JsonLinesFormat();

    /// <summary>RFC 4180 as <see cref="CsvWriter"/> writes it.</summary>
    private sealed class CsvFormat : PartFormat
    {
        public override string Extension => "csv";

        public override byte[] Header(IReadOnlyList<string> columns) => Encoding.UTF8.GetBytes(string.Join(',', columns.Select(CsvFields.Quoted)) + "\n");

        public override void Write(Table rows, IBufferWriter<byte> to)
        {
            CsvFields[] fields = [.. rows.Columns.Select(CsvFields.Of)];
            for (int row = 0; row < rows.RowCount; row++)
            {
                for (int c = 0; c < fields.Length; c++)
                {
                    if (c > 0)
                        to.Write(","u8);
                    fields[c].Write(row, to);
                }

                to.Write("\n"u8);
            }
        }
    }

    /// <summary>One object a line; what is missing is null.</summary>
    private sealed class JsonLinesFormat : PartFormat
    {
        private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

        public override string Extension => "jsonl";

        public override byte[] Header(IReadOnlyList<string> columns) => [];

        public override void Write(Table rows, IBufferWriter<byte> to)
        {
            using var json = new Utf8JsonWriter(to, Relaxed);
            for (int row = 0; row < rows.RowCount; row++)
            {
                json.WriteStartObject();
                foreach (Column column in rows.Columns)
                    Write(json, column, row);
                json.WriteEndObject();
                json.Flush();
                json.Reset();
                to.Write("\n"u8);
            }
        }

        private static void Write(Utf8JsonWriter json, Column column, int row)
        {
            json.WritePropertyName(column.Name);
            if (column.IsMissing(row))
                json.WriteNullValue();
            else if (column is NumberColumn numbers && double.IsFinite(numbers.Values[row]))
                json.WriteNumberValue(numbers.Values[row]);
            else if (column is BooleanColumn flags)
                json.WriteBooleanValue(flags.Values[row] == 1);
            else
                json.WriteStringValue(column.Format(row));
        }
    }
}
