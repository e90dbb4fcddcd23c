using MlOps.Learning.Tables;

namespace MlOps.Learning.Tests.Tables;

public sealed class CsvProblemTests
{
    private const string Mend = "; mend the value, list it under the missing values or give the column another type";

    [Theory]
    [InlineData("", "csv-empty", "the file is empty; expected a header row with the names of the columns")]
    [InlineData("\n \n\n", "csv-header-empty", "line 2: column 1 of the header has no name; every column needs one")]
    [InlineData("\r\n\n", "csv-empty", "the file is empty; expected a header row with the names of the columns")]
    [InlineData("a,,c\n1,2,3\n", "csv-header-empty", "line 1: column 2 of the header has no name; every column needs one")]
    [InlineData("a,b,a\n1,2,3\n", "csv-header-duplicate", "line 1: columns 1 and 3 are both named 'a'; names must be distinct")]
    [InlineData("a;b;c\n1;2;3\n", "csv-delimiter", "line 1: with the delimiter ',' the header is the single column 'a;b;c', which contains ';' 2 times; pass the delimiter ';'")]
    [InlineData("a\tb\n1\t2\n", "csv-delimiter", "line 1: with the delimiter ',' the header is the single column 'a\tb', which contains '\\t' (tab) 1 time; pass the delimiter '\\t' (tab)")]
    [InlineData("a,b\n1,2\n3\n", "csv-ragged-row", "line 3: 1 field, expected 2 as in the header; a field that contains ',' or a line break must be quoted")]
    [InlineData("a,b\n\"x\ny\",2\n3,4,5\n", "csv-ragged-row", "line 4: 3 fields, expected 2 as in the header; a field that contains ',' or a line break must be quoted")]
    [InlineData("a,b\n1,2\n3,\"4\n5,6\n", "csv-unclosed-quote", "line 3, column 2 'b': the quote that opens here is never closed")]
    [InlineData("a,\"b\n1,2\n", "csv-unclosed-quote", "line 1, column 2: the quote that opens here is never closed")]
    [InlineData("a,b\n\"x\"y,2\n", "csv-after-quote", "line 2, column 1 'a': the quoted field ends but 'y' follows; write a quote inside a quoted field twice")]
    [InlineData("PK\u0003\u0004xx", "file-not-text", "the file is a zip archive or an Excel workbook; export the sheet as CSV (UTF-8)")]
    public async Task ReadAsync_BadFile_SaysWhereAndWhat(string csv, string code, string message)
    {
        MlOpsException error = await Csv.FailAsync(csv);
        Assert.Equal((ErrorKind.Invalid, code), (error.Kind, error.Code));
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData(ColumnType.Number, "a number")]
    [InlineData(ColumnType.Boolean, "a boolean (true/false, yes/no, t/f, y/n, 1/0)")]
    [InlineData(ColumnType.Timestamp, "a timestamp (ISO 8601, such as 2026-11-21 or 2026-11-21T03:05:00Z)")]
    public async Task ReadAsync_ValueOfAnotherTypeThanGiven_SaysWhichIsExpected(ColumnType type, string expected)
    {
        MlOpsException error = await Csv.FailAsync("a,b\n,1\nabc,2\n", Csv.Typed(("a", type)));
        Assert.Equal("csv-value", error.Code);
        Assert.Equal($"line 3, column 1 'a': 'abc' is not {expected}{Mend}", error.Message);
    }

    [Fact]
    public async Task ReadAsync_LongValue_IsCutInTheMessage()
    {
        MlOpsException error = await Csv.FailAsync($"a,b\n{new string('x', 100)},2\n", Csv.Typed(("a", ColumnType.Number)));
        Assert.Contains($"'{new string('x', 60)}…' is not", error.Message);
    }

    [Fact]
    public async Task ReadAsync_BytesThatAreNotUtf8_AreFoundByLineAndColumn()
    {
        MlOpsException error = await Csv.FailAsync([.. "a,name\n1,x\n2,Ren"u8, 0xE9, .. "e\n"u8]);
        Assert.Equal("csv-utf8", error.Code);
        Assert.Equal("line 3, column 2 'name': byte 0xE9 at position 4 of the field is not UTF-8; save the file as UTF-8 (it may be Latin-1 or Windows-1252)", error.Message);
    }

    [Fact]
    public async Task ReadAsync_HeaderThatIsNotUtf8_IsFound()
    {
        MlOpsException error = await Csv.FailAsync([.. "a,"u8, 0xFC, .. "b\n1,2\n"u8]);
        Assert.StartsWith("line 1, column 2 of the header: byte 0xFC at position 1 of the field is not UTF-8", error.Message);
    }

    [Fact]
    public async Task ReadAsync_Utf16_SaysSo()
    {
        MlOpsException error = await Csv.FailAsync([0xFF, 0xFE, .. "a\0,\0b\0"u8]);
        Assert.Equal("the file is UTF-16 text; save it as UTF-8", error.Message);
    }

    [Fact]
    public async Task ReadAsync_SeveralProblems_AreReportedAtOnceInOrder()
    {
        MlOpsException error = await Csv.FailAsync("a,b\n1,2\n3\nx,y\n5,6,7\n8,\"9", Csv.Typed(("a", ColumnType.Number), ("b", ColumnType.Number)));
        Assert.Equal("table-invalid", error.Code);
        string[] lines = error.Message.Split('\n');
        Assert.Equal("5 problems of the file:", lines[0]);
        string[] starts = ["  line 3: 1 field,", "  line 4, column 1 'a': 'x'", "  line 4, column 2 'b': 'y'", "  line 5: 3 fields,", "  line 6, column 2 'b': the quote"];
        Assert.Equal(starts.Length, lines.Length - 1);
        Assert.All(starts.Zip(lines[1..]), pair => Assert.StartsWith(pair.First, pair.Second));
    }

    [Fact]
    public async Task ReadAsync_SeveralProblemsOfOneKind_KeepItsCode()
    {
        MlOpsException error = await Csv.FailAsync("a,b\n1\n2\n");
        Assert.Equal("csv-ragged-row", error.Code);
        Assert.StartsWith("2 problems of the file:\n  line 2: 1 field,", error.Message);
    }

    [Theory]
    [InlineData(64, 1)]
    [InlineData(64, 3)]
    [InlineData(1 << 20, 2)]
    public async Task ReadAsync_ManyProblems_ReportsTheFirst(int blockBytes, int threads)
    {
        string csv = "a,b\n" + string.Concat(Enumerable.Repeat("x,1\n", 500));
        MlOpsException error = await Csv.FailAsync(csv, Csv.Typed(("a", ColumnType.Number)) with { BlockBytes = blockBytes, Threads = threads, MaxProblems = 7 });
        string[] lines = error.Message.Split('\n');
        Assert.Equal("the first 7 problems of the file:", lines[0]);
        Assert.Equal(Enumerable.Range(2, 7).Select(n => $"  line {n}, column 1 'a'"), lines[1..].Select(l => l.Split(':')[0]));
    }

    [Fact]
    public async Task ReadAsync_TypeOfUnknownColumn_NamesItAndThePresentOnes()
    {
        MlOpsException error = await Csv.FailAsync("a,b\n1,2\n", Csv.Typed(("tenure", ColumnType.Number)));
        Assert.Equal("table-columns-absent", error.Code);
        Assert.Equal("the file has no column 'tenure'; it has: a, b", error.Message);
    }

    [Fact]
    public async Task ReadAsync_RowBeyondTheLimit_IsError()
    {
        MlOpsException error = await Csv.FailAsync($"a,b\n1,2\n3,\"{new string('x', 10_000)}", new CsvOptions { BlockBytes = 64, MaxRowBytes = 1_000 });
        Assert.Equal("csv-row-too-large", error.Code);
        Assert.StartsWith("line 3: the row that begins here is longer than 1,000 bytes; is a quote in it never closed?", error.Message);
    }

    [Theory]
    [InlineData('"')]
    [InlineData('\n')]
    [InlineData('é')]
    public async Task ReadAsync_ImpossibleDelimiter_IsError(char delimiter) =>
        Assert.Equal("csv-options", (await Csv.FailAsync("a,b\n", new CsvOptions { Delimiter = delimiter })).Code);
}
