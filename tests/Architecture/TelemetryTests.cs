using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MlOps.Architecture;

/// <summary>docs/telemetry.md is the one table of metric and span names.</summary>
public sealed partial class TelemetryTests
{
    [Fact]
    public void Metrics_InCode_AreThoseOfTheDocument()
    {
        IEnumerable<string> created = Calls("CreateCounter", "CreateHistogram", "CreateUpDownCounter", "CreateObservableGauge", "CreateGauge")
            .Select(call => $"{FirstText(call)} {SecondText(call)}");

        Assert.Equal(Document().Select(row => $"{row[0].Trim('`')} {row[2]}").Order(StringComparer.Ordinal), created.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Spans_InCode_AreThoseOfTheDocument()
    {
        string[] started = [.. Calls("StartActivity").Select(FirstText)];
        string[] told = [.. SpanRow().Matches(Text()).Select(m => m.Groups[1].Value)];

        Assert.NotEmpty(started);
        Assert.Equal(told.Order(StringComparer.Ordinal), started.Select(s => Hole().Replace(s, "<name>")).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<InvocationExpressionSyntax> Calls(params string[] methods) =>
        Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>())
            .Where(call => call.Expression is MemberAccessExpressionSyntax { Name: var name } && methods.Contains(name.Identifier.Text));

    private static string FirstText(InvocationExpressionSyntax call) => call.ArgumentList.Arguments[0].Expression.ToString().TrimStart('$').Trim('"');

    private static string SecondText(InvocationExpressionSyntax call) => call.ArgumentList.Arguments[1].Expression.ToString().Trim('"');

    private static IEnumerable<string[]> Document() =>
        MetricRow().Matches(Text()).Select(m => m.Value.Trim('|').Split('|', StringSplitOptions.TrimEntries)).Where(cells => cells.Length == 5);

    private static string Text() => File.ReadAllText(Repository.PathOf("docs/telemetry.md"));

    [GeneratedRegex(@"^\| `mlops\.[^\n]*\|$", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"^\| `(mlops\.[^`]*<[^`]*)` \|", RegexOptions.Multiline)]
    private static partial Regex SpanRow();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Hole();
}
