using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Domain.Tests.Experiments;

public sealed class WholeTextTests
{
    /// <summary>What stands in JSON, and the units that it means.</summary>
    private static readonly (string Json, string Units)[] Parts =
        [("\\ud83d", "\ud83d"), ("\\uDE00", "\ude00"), ("\\\\", "\\"), ("ud800", "ud800"), ("\\u0041", "A"), ("\\n", "\n"), ("\\ud83d\\ude00", "\ud83d\ude00"), ("x", "x"), ("\\\"", "\"")];

    [Fact]
    public void Of_AnyEscapes_IsTheTextWithAReplacementForEachHalf() => Prop.ForAll<byte[]>(choices =>
    {
        var parts = choices.Select(c => Parts[c % Parts.Length]).ToList();
        string json = $$"""{"{{string.Concat(parts.Select(p => p.Json))}}":"{{string.Concat(parts.Select(p => p.Json))}}"}""";
        string expected = Encoding.Unicode.GetString(Encoding.Unicode.GetBytes(string.Concat(parts.Select(p => p.Units))));

        JsonProperty read = WholeText.Element(json).EnumerateObject().Single();
        using JsonDocument bytes = WholeText.Parse(Encoding.UTF8.GetBytes(json));

        return read.Name == expected && read.Value.GetString() == expected && bytes.RootElement.GetProperty(expected).GetString() == expected;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("\"\\ud8")]
    [InlineData("\"\\ud800")]
    [InlineData("\"\\ud800\\u")]
    [InlineData("\\")]
    public void Element_OfWhatIsCutOff_IsNoJson(string json) => Assert.ThrowsAny<JsonException>(() => WholeText.Element(json));
}
