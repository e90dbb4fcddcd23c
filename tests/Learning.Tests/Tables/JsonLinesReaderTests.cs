using System.Text;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Tests.Tables;

public sealed class JsonLinesReaderTests
{
    [Fact]
    public async Task ReadAsync_Objects_GiveTheUnionOfTheirKeysInOrder()
    {
        Table table = await ReadAsync("{\"a\":1,\"b\":\"x\"}\n\n{\"c\":true,\"a\":2.5}\r\n{\"b\":null}");
        Assert.Equal(["a", "b", "c"], table.ColumnNames);
        Assert.Equal(["1", "2.5", null], Csv.Formatted(table["a"]));
        Assert.Equal(["x", null, null], Csv.Formatted(table["b"]));
        Assert.Equal([null, "true", null], Csv.Formatted(table["c"]));
    }

    [Theory]
    [InlineData("1", "2e3", ColumnType.Number)]
    [InlineData("true", "false", ColumnType.Boolean)]
    [InlineData("\"2026-01-01\"", "\"2026-01-02T03:04:05Z\"", ColumnType.Timestamp)]
    [InlineData("\"x\"", "\"y\"", ColumnType.Category)]
    [InlineData("\"1\"", "\"2\"", ColumnType.Category)]
    [InlineData("1", "\"2\"", ColumnType.Category)]
    [InlineData("true", "1", ColumnType.Category)]
    [InlineData("\"2026-01-01\"", "1", ColumnType.Category)]
    [InlineData("9007199254740993", "1", ColumnType.Category)]
    [InlineData("1", "9007199254740993", ColumnType.Category)]
    [InlineData("1", "9007199254740993.0", ColumnType.Number)]
    [InlineData("null", "null", ColumnType.Number)]
    public async Task ReadAsync_Values_GiveTheNarrowestTypeOfAll(string first, string second, ColumnType type)
    {
        Table table = await ReadAsync($"{{\"c\":{first}}}\n{{\"c\":{second}}}\n");
        Assert.Equal(type, table["c"].Type);
        if (type == ColumnType.Category)
            Assert.Equal([first.Trim('"'), second.Trim('"')], Csv.Formatted(table["c"]));
    }

    [Fact]
    public async Task ReadAsync_EscapesAndNonAscii_AreUndone()
    {
        Table table = await ReadAsync("\uFEFF{\"k\\u0065y\":\"a\\n\\\"\\u00e9 日\"}\n");
        Assert.Equal("a\n\"é 日", table["key"].Format(0));
    }

    [Fact]
    public async Task ReadAsync_SmallBlocks_SameTable()
    {
        string text = string.Concat(Enumerable.Range(0, 300).Select(i => $"{{\"i\":{i},\"s\":\"{new string('x', i)}\"}}\n"));
        Table table = await ReadAsync(text, new JsonLinesOptions { BlockBytes = 64, Types = new Dictionary<string, ColumnType> { ["s"] = ColumnType.Text } });
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (double)i), ((NumberColumn)table["i"]).Values.ToArray());
        Assert.Equal(299, table["s"].Format(299)!.Length);
    }

    [Theory]
    [InlineData("", "jsonl-empty", "the file is empty; expected one JSON object a line")]
    [InlineData("{\"a\":1}\n[1]\n", "jsonl-syntax", "line 2: found an array, expected an object such as {\"age\": 42, \"plan\": \"basic\"}")]
    [InlineData("{\"a\":1}\n{\"a\":{\"b\":1}}\n", "jsonl-nested", "line 2, 'a': found an object; a value is a number, a string, true, false or null: flatten it")]
    [InlineData("{\"a\":1,\"a\":2}\n", "jsonl-duplicate-key", "line 1: key 'a' occurs twice")]
    public async Task ReadAsync_BadLine_SaysWhereAndWhat(string text, string code, string message)
    {
        var error = await Assert.ThrowsAsync<MlOpsException>(() => ReadAsync(text));
        Assert.Equal((code, message), (error.Code, error.Message));
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":}\n", "line 2, byte 6: not valid JSON:")]
    [InlineData("{\"a\":1} x\n", "line 1, byte 9: not valid JSON:")]
    [InlineData("{\"a\":1\n", "line 1, byte ")]
    [InlineData("{\"a\":\"\\ud800\"}\n", "line 1: an escape \\uD800 to \\uDFFF stands alone")]
    public async Task ReadAsync_NotJson_SaysWhere(string text, string start)
    {
        var error = await Assert.ThrowsAsync<MlOpsException>(() => ReadAsync(text));
        Assert.StartsWith(start, error.Message);
    }

    [Fact]
    public async Task ReadAsync_ValueOfAnotherTypeThanGiven_IsError()
    {
        var options = new JsonLinesOptions { Types = new Dictionary<string, ColumnType> { ["a"] = ColumnType.Number } };
        var error = await Assert.ThrowsAsync<MlOpsException>(() => ReadAsync("{\"a\":\"7\"}\n{\"a\":\"x\"}\n{\"a\":true}\n", options));
        Assert.Equal("jsonl-value", error.Code);
        Assert.Contains("line 2, 'a': 'x' is not a number", error.Message);
        Assert.Contains("line 3, 'a': 'true' is not a number", error.Message);
    }

    [Fact]
    public async Task ReadBatchesAsync_NewKeyLater_IsErrorUnlessASchemaIsGiven()
    {
        string text = string.Concat(Enumerable.Repeat("{\"a\":1}\n", 50)) + "{\"a\":2,\"b\":3}\n";
        var error = await Assert.ThrowsAsync<MlOpsException>(() => BatchesAsync(text, null));
        Assert.Equal("line 51: key 'b' is not in the first batch, which decides the columns: a; pass a schema", error.Message);
        List<Table> batches = await BatchesAsync(text, new TableSchema([new("b", ColumnType.Number), new("z", ColumnType.Text)]));
        Assert.Equal(51, batches.Sum(b => b.RowCount));
        Assert.Equal("3", batches[^1]["b"].Format(batches[^1].RowCount - 1));
    }

    private static Task<Table> ReadAsync(string text, JsonLinesOptions? options = null) =>
        JsonLinesReader.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), options ?? JsonLinesOptions.Default, CancellationToken.None);

    private static async Task<List<Table>> BatchesAsync(string text, TableSchema? schema)
    {
        var batches = new List<Table>();
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await foreach (Table batch in JsonLinesReader.ReadBatchesAsync(stream, new JsonLinesOptions { BlockBytes = 64 }, schema, CancellationToken.None))
            batches.Add(batch);
        return batches;
    }
}
