using System.Text.RegularExpressions;
using MlOps.Contracts;

namespace MlOps.Architecture;

/// <summary>In CI nothing that tests need is missing unseen.</summary>
public sealed partial class NeededTests
{
    [Theory]
    [InlineData("azurite", "azurite,actionlint", true)]
    [InlineData("actionlint", "azurite, actionlint", true)]
    [InlineData("azurite", "actionlint", false)]
    [InlineData("azurite", "", false)]
    [InlineData("azurite", null, false)]
    public void Required_IsWhatTheListNames(string program, string? list, bool required) => Assert.Equal(required, Needed.IsRequired(program, list));

    [Fact]
    public void Ci_RequiresEverythingThatATestNeeds()
    {
        string[] needed = [.. Repository.Sources("tests").Where(f => Path.GetFileName(f) != "NeededTests.cs").SelectMany(f => Have().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value).Distinct().Order()];
        string[] required = [.. Require().Matches(File.ReadAllText(Repository.PathOf(".github/workflows/ci.yml"))).SelectMany(m => m.Groups[1].Value.Split(',')).Distinct().Order()];

        Assert.Equal(["actionlint", "azurite", "browser", "clients", "onnx", "xgboost"], needed);
        Assert.Equal(needed, required);
    }

    [GeneratedRegex(@"Needed\.Have\(.+?, ""(\w+)""")]
    private static partial Regex Have();

    [GeneratedRegex(@"(?:MLOPS_REQUIRE|require): ([\w,]+)")]
    private static partial Regex Require();
}
