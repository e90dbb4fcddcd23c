using System.Text;
using MlOps.Api.Inference;
using MlOps.Domain.Serving.Units;

namespace MlOps.Api.Tests.Inference;

public sealed class BodyUnitTests
{
    [Theory]
    [InlineData("$.customer.id", """{"rows":[{"id":"no"}],"customer":{"name":"x","id":"u-7"}}""", "u-7")]
    [InlineData("$.inputs[1].data[0]", """{"inputs":[{"data":[1,2]},{"data":[4.50,5]}]}""", "4.50")]
    [InlineData("$[0].user", """[{"user":true}]""", "true")]
    [InlineData("$.user", """{"user":null}""", null)]
    [InlineData("$.user", """{"user":{"id":1}}""", null)]
    [InlineData("$.user", """{"user":""}""", null)]
    [InlineData("$.user.id", """{"user":"u"}""", null)]
    [InlineData("$.a[2]", """{"a":[1,2]}""", null)]
    [InlineData("$.a", "a,b\n1,2", null)]
    [InlineData("$.a", "", null)]
    [InlineData("$.a", """{"instances":[[NaN,3]],"a":"c1"}""", "c1")]
    [InlineData("$.a", """{"a":NaN}""", null)]
    public void Find_APathInABody_ReadsTextOrNumber(string path, string json, string? unit) =>
        Assert.Equal(unit, BodyUnit.Find(Encoding.UTF8.GetBytes(json), UnitSource.Parse(path)!.Path!));

    [Fact]
    public void Find_AUnitThatIsNoText_FindsNone() => Assert.Null(BodyUnit.Find((byte[])[.. "{\"a\":\""u8, 0xFF, .. "\"}"u8], ["a"]));

    [Fact]
    public void Find_HalfASurrogatePair_IsRefused() =>
        Assert.Equal("json-invalid", Assert.Throws<MlOpsException>(() => BodyUnit.Find(Encoding.UTF8.GetBytes("{\"a\":\"\\ud800\"}"), ["a"])).Code);
}
