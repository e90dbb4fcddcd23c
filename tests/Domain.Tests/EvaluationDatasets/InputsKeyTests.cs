using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.EvaluationDatasets;

namespace MlOps.Domain.Tests.EvaluationDatasets;

public sealed class InputsKeyTests
{
    [Theory]
    [InlineData("""{"a":1,"b":[2]}""", """{ "b" : [ 2 ], "a" : 1 }""")]
    [InlineData("""{"a":"é"}""", """{"a":"\u00e9"}""")]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":1e2}""", """{"a":100.0}""")]
    [InlineData("""{"a":-0}""", """{"a":0}""")]
    public void Key_OfWhatPythonReadsAlike_IsTheSame(string one, string other) => Assert.Equal(KeyOf(one), KeyOf(other));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1.0}""")]
    [InlineData("""{"a":1}""", """{"a":"1"}""")]
    [InlineData("""{"a":1}""", """{"a":true}""")]
    [InlineData("""{"a":null}""", """{}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1]}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":["b",1]}""")]
    [InlineData("""{"a":12345678901234567890}""", """{"a":12345678901234567891}""")]
    [InlineData("""{"a":""}""", """{"a":"\u0000"}""")]
    public void Key_OfOtherValues_IsAnother(string one, string other) => Assert.NotEqual(KeyOf(one), KeyOf(other));

    [Fact]
    public void Key_OfAnyValue_TellsItFromOthersWhateverTheirOrder() => Prop.ForAll(
        Gen.Sized(size => Values(Math.Min(size, 12))).Two().ToArbitrary(),
        pair =>
        {
            string one = new JsonObject { ["v"] = pair.Item1?.DeepClone() }.ToJsonString();
            string turned = Turned(JsonNode.Parse(one))!.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
            string other = new JsonObject { ["v"] = pair.Item2?.DeepClone() }.ToJsonString();
            return KeyOf(one) == KeyOf(turned) && KeyOf(one) == KeyOf(other) == JsonNode.DeepEquals(pair.Item1, pair.Item2);
        }).QuickCheckThrowOnFailure();

    private static Gen<JsonNode?> Values(int size)
    {
        Gen<JsonNode?> leaf = Gen.OneOf(
            Gen.Choose(-3, 3).Select(i => (JsonNode?)JsonValue.Create(i)),
            Gen.Elements("", "a", "b", "é\"", "1").Select(t => (JsonNode?)JsonValue.Create(t)),
            Gen.Elements(true, false).Select(b => (JsonNode?)JsonValue.Create(b)),
            Gen.Constant<JsonNode?>(null));
        if (size <= 1)
            return leaf;
        Gen<JsonNode?> list = Values(size / 2).ArrayOf().Select(items => (JsonNode?)new JsonArray([.. items.Take(3).Select(i => i?.DeepClone())]));
        Gen<JsonNode?> map = Values(size / 2).ArrayOf().Select(items => (JsonNode?)new JsonObject(items.Take(3).Select((item, i) => KeyValuePair.Create($"k{i}", item?.DeepClone()))));
        return Gen.OneOf(leaf, list, map);
    }

    /// <summary>The same value with the names of each object the other way round.</summary>
    private static JsonNode? Turned(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Reverse().Select(p => KeyValuePair.Create(p.Key, Turned(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Turned)]),
        _ => node?.DeepClone(),
    };

    private static string KeyOf(string json) => InputsKey.Of(JsonSerializer.Deserialize<JsonElement>(json));
}
