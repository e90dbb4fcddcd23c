using MlOps.Cli.Output;
using Spectre.Console;

namespace MlOps.Cli.Tests;

public sealed class TablesTests
{
    [Theory]
    [InlineData(' ')]
    [InlineData('x')]
    public void Table_WithALongText_ShowsTheColumnsBesideItWhole(char between)
    {
        string text = string.Join(between, Enumerable.Repeat("word", 1_000));

        string shown = Show(Tables.Of([("a name of some length", text), ("other", "short")], ("param", p => p.Item1), ("value", p => p.Item2)));

        Assert.Contains("a name of some length", shown, StringComparison.Ordinal);
        Assert.Equal(1_000, shown.Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).Split("word").Length - 1);
        Assert.All(shown.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void Short_OfALongText_IsItsBeginningAndHowLongItIs()
    {
        Assert.Equal(new string('x', 200), Tables.Short(new string('x', 200)));
        Assert.Equal(new string('x', 200) + "... (6,000 characters)", Tables.Short(new string('x', 6_000)));
        Assert.Equal(new string('x', 199) + "... (202 characters)", Tables.Short(new string('x', 199) + "\U0001F600x"));
    }

    [Fact]
    public void Table_WithSignsThatCommandATerminal_ShowsThem()
    {
        string shown = Show(Tables.Of(["a\u001b[2Jb\u009bc\td\ne"], ("name", n => n)));

        Assert.Contains("a␛[2Jb␡c␉d", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', shown);
    }

    private static string Show(Table table)
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 80;
        console.Write(table);
        return output.ToString();
    }
}
