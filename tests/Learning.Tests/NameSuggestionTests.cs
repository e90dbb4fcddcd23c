namespace MlOps.Learning.Tests;

public sealed class NameSuggestionTests
{
    [Theory]
    [InlineData("tenur", "tenure")]
    [InlineData("teunre", "tenure")]
    [InlineData("Monthly-Charges", "monthly_charges")]
    [InlineData("gdbt", "gbdt")]
    [InlineData("zzz", null)]
    [InlineData("", null)]
    public void Closest_Misspelt_FindsTheName(string name, string? expected) =>
        Assert.Equal(expected, NameSuggestion.Closest(name, ["tenure", "monthly_charges", "gbdt", "linear"]));
}
