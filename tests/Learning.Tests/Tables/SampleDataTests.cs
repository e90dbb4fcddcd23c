using MlOps.Learning.Tables;

namespace MlOps.Learning.Tests.Tables;

public sealed class SampleDataTests
{
    [Theory]
    [InlineData("telco-churn.csv", 7_043, 20, 11, 0)]
    [InlineData("diamonds.csv", 53_940, 10, 3, 0)]
    [InlineData("letters.csv", 20_000, 17, 1, 0)]
    [InlineData("chicago-ridership.csv", 5_698, 50, 0, 1)]
    public async Task ReadAsync_SampleFile_HasItsShapeAndTypes(string file, int rows, int columns, int categories, int timestamps)
    {
        Table table = await ReadAsync(file, CsvOptions.Default);
        Assert.Equal((rows, columns), (table.RowCount, table.Columns.Count));
        Assert.Equal(categories, table.Columns.Count(c => c.Type == ColumnType.Category));
        Assert.Equal(timestamps, table.Columns.Count(c => c.Type == ColumnType.Timestamp));
        Assert.Equal(columns - categories - timestamps, table.Columns.Count(c => c.Type == ColumnType.Number));
    }

    [Fact]
    public async Task ReadAsync_Telco_KnowsMissingChargesAndClasses()
    {
        Table table = await ReadAsync("telco-churn.csv", CsvOptions.Default);
        Assert.Equal(11, Enumerable.Range(0, table.RowCount).Count(table["total_charges"].IsMissing));
        Assert.Equal(["No", "Yes"], ((CategoryColumn)table["churn"]).Levels);
        Assert.Equal(ColumnType.Number, table["female"].Type);
    }

    [Theory]
    [InlineData("telco-churn.csv")]
    [InlineData("diamonds.csv")]
    [InlineData("letters.csv")]
    [InlineData("chicago-ridership.csv")]
    public async Task ReadAsync_AnyBlockSizeAndThreads_SameTable(string file)
    {
        string expected = await Csv.WriteAsync(await ReadAsync(file, CsvOptions.Default));
        Assert.Equal(expected, await Csv.WriteAsync(await ReadAsync(file, new CsvOptions { BlockBytes = 1_000, Threads = 1 })));
        Assert.Equal(expected, await Csv.WriteAsync(await ReadAsync(file, new CsvOptions { BlockBytes = 4_099, Threads = 3 })));
    }

    [Fact]
    public async Task ReadAsync_Diamonds_WritesBackTheSameFile()
    {
        string written = await Csv.WriteAsync(await ReadAsync("diamonds.csv", CsvOptions.Default));
        Assert.Equal((await File.ReadAllTextAsync(Csv.Sample("diamonds.csv"))).ReplaceLineEndings("\n"), written);
    }

    private static async Task<Table> ReadAsync(string file, CsvOptions options)
    {
        await using FileStream stream = File.OpenRead(Csv.Sample(file));
        return await CsvReader.ReadAsync(stream, options, CancellationToken.None);
    }
}
