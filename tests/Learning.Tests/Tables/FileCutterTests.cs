using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Tests.Tables;

/// <summary>The ranges of a file, each read by itself with the header before it, are the file.</summary>
public sealed class FileCutterTests
{
    private static readonly CsvOptions Small = new() { BlockBytes = 64 };

    private static readonly Gen<string> Row =
        from id in Gen.Choose(1, 100_000)
        from text in Gen.Elements("a", "\"b,c\"", "\"d\ne\"", "\"f\"\"g\r\nh\"", "é", "long text that takes more than one block of sixty-four bytes by itself as some do")
        from end in Gen.Elements("\n", "\r\n", "\n\n")
        select $"{id},{text}{end}";

    [Fact]
    public void CutCsv_AnyFile_EachRangeHasItsRowsAndLines() => Prop.ForAll(
        Arb.From(from rows in Row.NonEmptyListOf() from size in Gen.Choose(1, 9) from bom in Gen.Elements("", "\uFEFF") select (Csv: $"{bom}id,text\r\n" + string.Concat(rows), Rows: rows.Count, Size: size)),
        file => Holds(file.Csv, file.Rows, file.Size)).QuickCheckThrowOnFailure();

    [Fact]
    public async Task CutJsonLines_WithBlankLinesAndNoLastLineEnd_EachRangeIsReadByItself()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("\uFEFF{\"a\":1}\n\n{\"a\":2}\r\n  \n{\"a\":3}\n{\"a\":4}\n{\"a\":5}");

        FileCut cut = await FileCutter.CutJsonLinesAsync(new MemoryStream(bytes), new JsonLinesOptions { BlockBytes = 64 }, 2, default);

        Assert.Equal((5, 0), (cut.Rows, cut.HeaderBytes));
        Assert.Equal([(0L, 2L, 1L), (2L, 2L, 5L), (4L, 1L, 7L)], cut.Ranges.Select(r => (r.FirstRow, r.Rows, r.FirstLine)));
        Assert.Equal(["1", "2", "3", "4", "5"], await ReadAllAsync(cut.Ranges, range => JsonLinesReader.ReadBatchesAsync(Part(bytes, 0, range), JsonLinesOptions.Default, new TableSchema([new("a", ColumnType.Number)]), default)));
    }

    [Fact]
    public async Task CutCsv_OfARaggedFile_SaysWhere()
    {
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => FileCutter.CutCsvAsync(new MemoryStream("a,b\n1,2\n3\n"u8.ToArray()), Small, 1, default));

        Assert.Equal("csv-ragged-row", e.Code);
        Assert.Contains("line 3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadBatches_OfARange_TellsTheLineOfTheFile()
    {
        byte[] bytes = "id\n1\n2\nx\n"u8.ToArray();
        FileCut cut = await FileCutter.CutCsvAsync(new MemoryStream(bytes), Small, 2, default);
        var options = new CsvOptions { LinesLeftOut = cut.Ranges[1].FirstLine - 1 - cut.HeaderLines };

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => CsvReader
            .ReadBatchesAsync(Part(bytes, cut.HeaderBytes, cut.Ranges[1]), options, new TableSchema([new("id", ColumnType.Number)]), default).ToListAsync().AsTask());

        Assert.Contains("line 4, column 1 'id'", e.Message, StringComparison.Ordinal);
    }

    private static bool Holds(string csv, int rows, int size)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(csv);
        FileCut cut = FileCutter.CutCsvAsync(new MemoryStream(bytes), Small, size, default).Result;
        var schema = new TableSchema([new("id", ColumnType.Number), new("text", ColumnType.Text)]);
        IReadOnlyList<string> whole = ReadAllAsync([new FileRange(0, rows, cut.HeaderBytes, bytes.Length, 2)], range => Read(bytes, cut, range, schema)).Result;
        IReadOnlyList<string> parts = ReadAllAsync(cut.Ranges, range => Read(bytes, cut, range, schema)).Result;
        return cut.Rows == rows && cut.Ranges.Count == (rows + size - 1) / size && whole.SequenceEqual(parts)
            && cut.Ranges.All(r => r.FirstLine == 1 + csv[..Chars(bytes, r.Offset)].Replace("\r\n", "\n", StringComparison.Ordinal).Count(c => c == '\n'))
            && cut.Ranges.Sum(r => r.Rows) == rows;
    }

    private static int Chars(byte[] bytes, long offset) => Encoding.UTF8.GetCharCount(bytes, 0, (int)offset);

    private static IAsyncEnumerable<Table> Read(byte[] bytes, FileCut cut, FileRange range, TableSchema schema) =>
        CsvReader.ReadBatchesAsync(Part(bytes, cut.HeaderBytes, range), Small, schema, default);

    private static MemoryStream Part(byte[] bytes, int header, FileRange range) =>
        new([.. bytes.Take(header), .. bytes.Skip((int)range.Offset).Take((int)range.Length)]);

    private static async Task<IReadOnlyList<string>> ReadAllAsync(IEnumerable<FileRange> ranges, Func<FileRange, IAsyncEnumerable<Table>> read)
    {
        var texts = new List<string>();
        foreach (FileRange range in ranges)
        {
            int before = texts.Count;
            await foreach (Table batch in read(range))
                texts.AddRange(Enumerable.Range(0, batch.RowCount).Select(row => string.Join('|', batch.Columns.Select(c => c.Format(row)))));
            Assert.Equal(range.Rows, texts.Count - before);
        }

        return texts;
    }
}
