using MlOps.Learning.Tables;

namespace MlOps.Learning.Tests.Tables;

public sealed class TypeInferenceTests
{
    [Theory]
    [InlineData("1,2.5,-3e4", ColumnType.Number)]
    [InlineData("0,1,1", ColumnType.Number)]
    [InlineData(" 1 , 2,NaN,-inf", ColumnType.Number)]
    [InlineData(",,", ColumnType.Number)]
    [InlineData("true,FALSE,", ColumnType.Boolean)]
    [InlineData("Yes,No,Yes", ColumnType.Category)]
    [InlineData("2026-11-21,2026-01-01T10:00:00+01:00", ColumnType.Timestamp)]
    [InlineData("2026-11-21,2026-13-01", ColumnType.Category)]
    [InlineData("1,2,x", ColumnType.Category)]
    [InlineData("true,1", ColumnType.Category)]
    [InlineData("2026-11-21,5", ColumnType.Category)]
    [InlineData("x,1,2", ColumnType.Category)]
    public async Task ReadAsync_Values_GiveTheNarrowestTypeOfAll(string values, ColumnType type)
    {
        Table table = await Csv.ReadAsync(Column(values.Split(',')));
        Assert.Equal(type, table["c"].Type);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("true")]
    [InlineData("2020-01-01")]
    public async Task ReadAsync_LateValueOfAnotherType_WidensAndKeepsTheTexts(string late)
    {
        string[] values = [.. Enumerable.Range(0, 400).Select(i => $"{i % 9}.50"), late];
        Table table = await Csv.ReadAsync(Column(values), new CsvOptions { BlockBytes = 64 });
        Assert.Equal(ColumnType.Category, table["c"].Type);
        Assert.Equal(values, Csv.Formatted(table["c"]));
        Assert.Equal(ColumnType.Number, table["row"].Type);
    }

    [Fact]
    public async Task ReadAsync_BlanksBeforeText_AreValuesOfAText()
    {
        string[] values = [.. Enumerable.Repeat(" ", 100), "x"];
        Table table = await Csv.ReadAsync(Column(values), new CsvOptions { BlockBytes = 64 });
        Assert.Equal(values, Csv.Formatted(table["c"]));
    }

    [Fact]
    public async Task ReadAsync_BlanksAmongNumbers_AreMissing()
    {
        Table table = await Csv.ReadAsync(Column(" ", "1", "  "));
        Assert.Equal([null, "1", null], Csv.Formatted(table["c"]));
    }

    [Fact]
    public async Task ReadAsync_ColumnThatBeginsLate_IsOfTheTypeOfItsValues()
    {
        string[] values = [.. Enumerable.Repeat("", 300), "7"];
        Table table = await Csv.ReadAsync(Column(values), new CsvOptions { BlockBytes = 64 });
        Assert.Equal(7, ((NumberColumn)table["c"]).Values[300]);
        Assert.True(table["c"].IsMissing(299));
    }

    [Fact]
    public async Task ReadAsync_MissingValues_MayBeTextsOrNumbers()
    {
        Table table = await Csv.ReadAsync(Column("NA", "-999", "5", "x NA"), new CsvOptions { MissingValues = ["NA", "-999", "x NA"] });
        Assert.Equal([null, null, "5", null], Csv.Formatted(table["c"]));
    }

    [Theory]
    [InlineData(50, 60, ColumnType.Category)]
    [InlineData(60, 100, ColumnType.Text)]
    [InlineData(60, 200, ColumnType.Category)]
    public async Task ReadAsync_DistinctShare_DecidesBetweenCategoryAndText(int distinct, int rows, ColumnType type)
    {
        Table table = await Csv.ReadAsync(Column([.. Enumerable.Range(0, rows).Select(i => $"v{i % distinct}")]));
        Assert.Equal(type, table["c"].Type);
        Assert.Equal($"v{(rows - 1) % distinct}", table["c"].Format(rows - 1));
    }

    [Fact]
    public async Task ReadAsync_MoreLevelsThanTheLimit_IsText()
    {
        string[] values = [.. Enumerable.Range(0, 900).Select(i => $"v{i % 300}")];
        Table table = await Csv.ReadAsync(Column(values), new CsvOptions { MaxCategoryLevels = 200, BlockBytes = 256 });
        Assert.Equal(ColumnType.Text, table["c"].Type);
        Assert.Equal(values, Csv.Formatted(table["c"]));
    }

    [Fact]
    public async Task ReadAsync_GivenTypes_OverrideInference()
    {
        Table table = await Csv.ReadAsync("a,b,c,d\n1,1,1,yes\n2,2,0,N\n", Csv.Typed(("a", ColumnType.Category), ("b", ColumnType.Text), ("c", ColumnType.Boolean), ("d", ColumnType.Boolean)));
        Assert.Equal([ColumnType.Category, ColumnType.Text, ColumnType.Boolean, ColumnType.Boolean], table.Columns.Select(c => c.Type));
        Assert.Equal(["true", "false"], Csv.Formatted(table["c"]));
        Assert.Equal(["true", "false"], Csv.Formatted(table["d"]));
    }

    [Theory]
    [InlineData("2026-11-21", "2026-11-21")]
    [InlineData("2026-11-21T03:05", "2026-11-21T03:05:00Z")]
    [InlineData("2026-11-21 03:05:07", "2026-11-21T03:05:07Z")]
    [InlineData("2026-11-21T03:05:07.25Z", "2026-11-21T03:05:07.25Z")]
    [InlineData("2026-11-21T03:05:07.123456789Z", "2026-11-21T03:05:07.1234567Z")]
    [InlineData("2026-11-21T00:30:00+01:00", "2026-11-20T23:30:00Z")]
    [InlineData("2026-11-21T00:30-0130", "2026-11-21T02:00:00Z")]
    [InlineData("2024-02-29", "2024-02-29")]
    public async Task ReadAsync_Timestamp_IsTheInstantInUtc(string text, string instant)
    {
        Table table = await Csv.ReadAsync(Column(text));
        Assert.Equal(ColumnType.Timestamp, table["c"].Type);
        Assert.Equal(instant, table["c"].Format(0));
    }

    [Theory]
    [InlineData("2023-02-29")]
    [InlineData("2026-11-21T24:00")]
    [InlineData("2026-11-21T10:60")]
    [InlineData("2026-11-21T10:00:00.")]
    [InlineData("2026-11-21T10:00:00+1")]
    [InlineData("2026-11-21x")]
    [InlineData("2026-11-2")]
    [InlineData("0000-01-01")]
    [InlineData("0001-01-01T00:00+01:00")]
    public async Task ReadAsync_NoInstant_IsNoTimestamp(string text) =>
        Assert.Equal(ColumnType.Category, (await Csv.ReadAsync(Column(text)))["c"].Type);

    [Theory]
    [InlineData("9007199254740992", "1")]
    [InlineData("1", "-9007199254740993")]
    [InlineData("1", "+123456789012345678901234567890")]
    [InlineData("00012345678901234567", "5")]
    public async Task ReadAsync_WholeNumbersThatShareDoubles_KeepTheirDigits(string first, string second)
    {
        string[] values = [first, .. Enumerable.Repeat("7", 300), second];
        Table table = await Csv.ReadAsync(Column(values), new CsvOptions { BlockBytes = 64 });
        Assert.Equal(ColumnType.Category, table["c"].Type);
        Assert.Equal(values, Csv.Formatted(table["c"]));
    }

    [Theory]
    [InlineData("9007199254740991")]
    [InlineData("-9007199254740991")]
    [InlineData("1e300")]
    [InlineData("9007199254740993.5")]
    [InlineData("-inf")]
    public async Task ReadAsync_QuantitiesHoweverLarge_AreNumbers(string value) =>
        Assert.Equal(ColumnType.Number, (await Csv.ReadAsync(Column("1", value)))["c"].Type);

    [Fact]
    public async Task ReadAsync_LargeWholeNumberDeclaredNumber_IsTheNearestDouble()
    {
        Table table = await Csv.ReadAsync(Column("9007199254740993"), Csv.Typed(("c", ColumnType.Number)));
        Assert.Equal(9007199254740992, ((NumberColumn)table["c"]).Values[0]);
    }

    private static string Column(params string[] values) => "row,c\n" + string.Concat(values.Select((v, i) => $"{i},{v}\n"));
}
