using Xunit;

namespace MlOps.Contracts;

/// <summary>
/// A program that some tests need and not every machine has. Without it they are skipped, and say so; where the variable MLOPS_REQUIRE
/// names it (<c>azurite,actionlint</c>), as in CI, they fail: a suite that has vanished must not look like one that passed.
/// </summary>
public static class Needed
{
    public const string Variable = "MLOPS_REQUIRE";

    /// <param name="how">How to get it.</param>
    public static void Have(bool there, string program, string how)
    {
        if (there)
            return;
        string reason = $"{program} is absent: {how}";
        Assert.False(IsRequired(program, Environment.GetEnvironmentVariable(Variable)), $"{reason} ({Variable} requires it)");
        throw new SkipException(reason);
    }

    internal static bool IsRequired(string program, string? list) =>
        list?.Split(',', StringSplitOptions.TrimEntries).Contains(program, StringComparer.Ordinal) == true;
}
