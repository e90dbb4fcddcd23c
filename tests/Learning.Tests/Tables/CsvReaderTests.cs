using System.Text;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Tests.Tables;

public sealed class CsvReaderTests
{
    [Theory]
    [InlineData("a,b\n1,x\n2,y\n")]
    [InlineData("a,b\r\n1,x\r\n2,y\r\n")]
    [InlineData("a,b\r1,x\r2,y\r")]
    [InlineData("a,b\n1,x\n2,y")]
    [InlineData("a,b\n1,x\n2,y\n\n")]
    [InlineData("\n\na,b\n\n1,x\r\n\r\n2,y")]
    [InlineData("\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\"y\"")]
    [InlineData("\uFEFFa,b\n1,x\n2,y")]
    [InlineData("\uFEFF\"a\",b\n1,x\n2,y")]
    public async Task ReadAsync_LineEndsQuotesAndBom_SameTable(string csv)
    {
        Table table = await Csv.ReadAsync(csv);
        Assert.Equal(["a", "b"], table.ColumnNames);
        Assert.Equal([1, 2], ((NumberColumn)table["a"]).Values.ToArray());
        Assert.Equal(["x", "y"], Csv.Formatted(table["b"]));
    }

    [Fact]
    public async Task ReadAsync_QuotedField_MayHoldDelimitersLineBreaksAndQuotes()
    {
        Table table = await Csv.ReadAsync("a,\"b \"\"c\"\"\"\n\"x,\r\ny\",\"\"\"\"\n\"\n\",z\n");
        Assert.Equal(["a", "b \"c\""], table.ColumnNames);
        Assert.Equal(["x,\r\ny", "\n"], Csv.Formatted(table["a"]));
        Assert.Equal(["\"", "z"], Csv.Formatted(table["b \"c\""]));
    }

    [Fact]
    public async Task ReadAsync_QuoteInsideUnquotedField_StandsForItself()
    {
        Table table = await Csv.ReadAsync("height,b\n5'10\",x\n6'0\"\"2\",y\n");
        Assert.Equal(["5'10\"", "6'0\"\"2\""], Csv.Formatted(table["height"]));
    }

    [Fact]
    public async Task ReadAsync_EmptyField_IsMissingQuotedOrNot()
    {
        Table table = await Csv.ReadAsync("n,c,b,t\n1,x,true,2026-01-01\n,,,\n\"\",\"\",\"\",\"\"\n");
        Assert.All(table.Columns, c => Assert.True(!c.IsMissing(0) && c.IsMissing(1) && c.IsMissing(2)));
    }

    [Fact]
    public async Task ReadAsync_OneColumn_BlankLinesAreSkippedQuotedEmptyIsMissing()
    {
        Table table = await Csv.ReadAsync("a\n1\n\n\"\"\n3\n");
        Assert.Equal(["1", null, "3"], Csv.Formatted(table["a"]));
    }

    [Fact]
    public async Task ReadAsync_OtherDelimiter_IsUsed()
    {
        Table table = await Csv.ReadAsync("a;b\n1,5;x\n", new CsvOptions { Delimiter = ';' });
        Assert.Equal("1,5", table["a"].Format(0));
    }

    [Fact]
    public async Task ReadAsync_HeaderOnly_HasColumnsAndNoRows()
    {
        Table table = await Csv.ReadAsync("a,b\n", Csv.Typed(("b", ColumnType.Category)));
        Assert.Equal(0, table.RowCount);
        Assert.Equal([ColumnType.Number, ColumnType.Category], table.Columns.Select(c => c.Type));
    }

    [Fact]
    public async Task ReadAsync_RowLongerThanTheBlock_IsRead()
    {
        string text = new('x', 5_000);
        Table table = await Csv.ReadAsync($"a,b\n1,{text}\n2,\"{text}\n{text}\"\n3,y\n", new CsvOptions { BlockBytes = 64 });
        Assert.Equal([text, text + "\n" + text, "y"], Csv.Formatted(table["b"]));
    }

    [Fact]
    public async Task ReadAsync_StreamThatCannotSeekAndTrickles_IsReadAndWidened()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"{i},{i}\n")) + "x,1\n");
        await using var stream = new TricklingStream(bytes);
        Table table = await CsvReader.ReadAsync(stream, new CsvOptions { BlockBytes = 64 }, CancellationToken.None);
        Assert.Equal([ColumnType.Text, ColumnType.Number], table.Columns.Select(c => c.Type));
        Assert.Equal(["0", "499", "x"], new[] { 0, 499, 500 }.Select(table["a"].Format));
    }

    [Fact]
    public async Task ReadAsync_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CsvReader.ReadAsync(new MemoryStream("a,b\n1,2\n"u8.ToArray()), CsvOptions.Default, source.Token));
    }

    [Fact]
    public async Task ReadBatchesAsync_Batches_HoldAllRowsInOrderWithTheSchemaOfTheFirst()
    {
        string csv = "i,c\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"{i},k{i % 3}\n"));
        List<Table> batches = await BatchesAsync(csv, null);
        Assert.True(batches.Count > 10);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => (double)i), batches.SelectMany(b => ((NumberColumn)b["i"]).Values.ToArray()));
        Assert.All(batches, b => Assert.Equal(ColumnType.Category, b["c"].Type));
        Assert.All(batches, b => Assert.InRange(b.RowCount, 1, 64));
    }

    [Fact]
    public async Task ReadBatchesAsync_Schema_PicksColumnsInItsOrder()
    {
        var schema = new TableSchema([new("c", ColumnType.Text), new("a", ColumnType.Number)]);
        List<Table> batches = await BatchesAsync("a,b,c\n1,x,7\n", schema);
        Assert.Equal(schema.Columns, Assert.Single(batches).Schema.Columns);
    }

    [Fact]
    public async Task ReadBatchesAsync_LaterValueOfAnotherType_IsError()
    {
        string csv = "i\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i}\n")) + "oops\n";
        MlOpsException error = await Assert.ThrowsAsync<MlOpsException>(() => BatchesAsync(csv, null));
        Assert.StartsWith("line 102, column 1 'i': 'oops' is not a number", error.Message);
    }

    [Fact]
    public async Task ReadBatchesAsync_SchemaColumnAbsent_NamesIt()
    {
        MlOpsException error = await Assert.ThrowsAsync<MlOpsException>(() => BatchesAsync("a,b\n1,2\n", new TableSchema([new("z", ColumnType.Number)])));
        Assert.Equal("the file has no column 'z'; it has: a, b", error.Message);
    }

    private static async Task<List<Table>> BatchesAsync(string csv, TableSchema? schema)
    {
        var batches = new List<Table>();
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        await foreach (Table batch in CsvReader.ReadBatchesAsync(stream, new CsvOptions { BlockBytes = 64 }, schema, CancellationToken.None))
            batches.Add(batch);
        return batches;
    }

    /// <summary>A block in which no row begins is passed over while the one before it is still being read.</summary>
    [Fact]
    public async Task Read_BlankLinesThatFillBlocks_ReadsEveryRow()
    {
        string[] values = [.. Enumerable.Range(0, 3_000).Select(i => $"value {i * 7919 % 3_000}")];
        string csv = "a,b\n" + string.Concat(values.Select((value, i) => $"{value},{i}" + new string('\n', 1 + (i % 3 * 100))));
        Table table = await Csv.ReadAsync(csv, new CsvOptions { BlockBytes = 64, Threads = 2 });
        Assert.Equal(values, Csv.Formatted(table["a"]));
        Assert.Equal(Enumerable.Range(0, 3_000).Select(i => (double)i), ((NumberColumn)table["b"]).Values.ToArray());
    }

    /// <summary>Gives at most three bytes at a time, once.</summary>
    private sealed class TricklingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(3, buffer.Length)], cancellationToken);
    }
}
