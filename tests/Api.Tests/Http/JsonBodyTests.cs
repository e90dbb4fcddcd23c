using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Api.Http;

namespace MlOps.Api.Tests.Http;

public class JsonBodyTests
{
    [Theory]
    [InlineData("[NaN, 1, -Infinity, Infinity]", "[\"NaN\",1,\"-Infinity\",\"Infinity\"]")]
    [InlineData("{\"NaN\": \"NaN, \\\" Infinity\", \"b\": NaN}", "{\"NaN\":\"NaN, \\u0022 Infinity\",\"b\":\"NaN\"}")]
    [InlineData("[1.5, null]", "[1.5,null]")]
    public void Parse_BareTokens_AreTexts(string json, string expected)
    {
        using JsonDocument document = Parse(json);

        Assert.Equal(expected, JsonSerializer.Serialize(document.RootElement));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[NaN")]
    [InlineData("[Nan]")]
    [InlineData("{\"a\": }")]
    public void Parse_BrokenJson_SaysWhere(string json)
    {
        MlOpsException e = Assert.Throws<MlOpsException>(() => Parse(json));

        Assert.Equal((ErrorKind.Invalid, "json-invalid"), (e.Kind, e.Code));
        Assert.Contains("line 1, column", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id": "\ud800"}""")]
    [InlineData("""{"\udc00": 1}""")]
    [InlineData("""[NaN, "\uD83Dx"]""")]
    public void Parse_HalfASurrogatePair_IsRefused(string json)
    {
        MlOpsException e = Assert.Throws<MlOpsException>(() => Parse(json));

        Assert.Equal("json-invalid", e.Code);
        Assert.Contains("surrogate", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"name\":\"?\"}")]
    [InlineData("{\"?\":1}")]
    [InlineData("[NaN, \"\\u00e9?\"]")]
    public void Parse_BytesThatAreNotUtf8_AreRefused(string json)
    {
        byte[] bytes = [.. Encoding.ASCII.GetBytes(json).Select(b => b == (byte)'?' ? (byte)0xFF : b)];

        MlOpsException e = Assert.Throws<MlOpsException>(() => JsonBody.Parse(bytes));

        Assert.Equal((ErrorKind.Invalid, "json-invalid"), (e.Kind, e.Code));
        Assert.Contains("not UTF-8", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AnyTextsWithATokenBehind_KeepsTheTexts() => Prop.ForAll<string[]>(texts =>
    {
        string[] given = [.. texts.Select(t => t ?? "").Where(IsText)];
        string json = JsonSerializer.Serialize(given);
        using JsonDocument document = Parse($"[{json}, NaN]");
        return document.RootElement[0].EnumerateArray().Select(e => e.GetString()).SequenceEqual(given);
    }).QuickCheckThrowOnFailure();

    private static bool IsText(string text) => !text.EnumerateRunes().Contains(Rune.ReplacementChar);

    private static JsonDocument Parse(string json) => JsonBody.Parse(Encoding.UTF8.GetBytes(json));
}
