using System.Text;
using System.Text.Json;
using MlOps.Api.Inference;

namespace MlOps.Api.Tests.Inference;

public sealed class JsonSliceTests
{
    [Fact]
    public void Parts_OfAnObject_AreItsMembersAsTheyStand()
    {
        var members = new List<string>();
        JsonParts parts = Of(""" { "a" : [1, {"b": "]"}] ,"\u0062":"x\"}" , "c":NaN, "": { } } """).Parts();
        while (parts.MoveNext())
            members.Add($"{parts.Name()}={parts.Current}");

        Assert.Equal(["a=[1, {\"b\": \"]\"}]", "b=\"x\\\"}\"", "c=NaN", "={ }"], members);
    }

    [Fact]
    public void Member_IsFoundByNameWhateverItsSpelling()
    {
        JsonSlice body = Of("""{"in": 1, "\u0069n": [2], "x": null}""");

        Assert.Equal(("[2]", JsonValueKind.Null, JsonValueKind.Undefined), (body.Member("in").ToString(), body.Member("x").Kind, body.Member("y").Kind));
        Assert.Equal(JsonValueKind.Undefined, Of("[1]").Member("in").Kind);
    }

    [Fact]
    public void Members_AreFoundInOneWalk_TheLastOfAName()
    {
        JsonMembers members = Of("""{"a": 1, "x": [NaN, {"y": "\""}], "b": [1], "a": 3}""").Members("b", "a", "c");

        Assert.Equal(("[1]", "3", JsonValueKind.Undefined), (members[0].ToString(), members[1].ToString(), members[2].Kind));
        Assert.Equal(JsonValueKind.Undefined, Of("[1]").Members("a")[0].Kind);
    }

    [Theory]
    [InlineData("""{"a": 1, "x": [}}""")]
    [InlineData("""{"a": 1, "x": foo'bar}""")]
    [InlineData("""{"a": 1, "x": [1 2]}""")]
    [InlineData("""{"a": 1, "x": {"y" 1}}""")]
    [InlineData("""{"a": [1}, "a": 1}""")]
    [InlineData("""[1 2]""")]
    public void Members_BrokenJsonThatNobodyAsksFor_Throws(string json) => Assert.ThrowsAny<JsonException>(() => Of(json).Members("a", "b"));

    [Theory]
    [InlineData("[]", 0)]
    [InlineData("[ ]", 0)]
    [InlineData("[1 , \"a,]\" , [] ]", 3)]
    public void Count_OfAnArray_CountsItsItems(string json, int expected) => Assert.Equal(expected, Of(json).Count());

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("{} {}")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1 2]")]
    [InlineData("[1")]
    [InlineData("[1}}")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{a:1}")]
    [InlineData("\"a")]
    [InlineData("\"a\\")]
    public void Walk_OverWhatIsNotWellFormed_Throws(string json) => Assert.ThrowsAny<JsonException>(() =>
    {
        JsonSlice slice = Of(json);
        JsonParts parts = slice.Parts();
        while (parts.MoveNext())
            _ = parts.Current;
    });

    private static JsonSlice Of(string json) => JsonSlice.Of(Encoding.UTF8.GetBytes(json));
}
