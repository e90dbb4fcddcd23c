using System.Text.RegularExpressions;

namespace MlOps.Architecture;

/// <summary>An alert on a name that nothing counts would never be raised; these hold infra's names to docs/telemetry.md.</summary>
public sealed partial class InfraMetricTests
{
    [Fact]
    public void MetricNames_OfInfra_AreInTheTable()
    {
        string[] names = [.. Constants().Values];

        Assert.NotEmpty(names);
        Assert.Empty(names.Except(Rows().Keys));
    }

    [Fact]
    public void Tags_ThatQueriesAskFor_AreThoseOfTheirMetric()
    {
        Dictionary<string, string> constants = Constants();
        Dictionary<string, string> rows = Rows();
        List<string> wrong = [];
        foreach (Match query in Query().Matches(Sources()))
        {
            string metric = constants[query.Groups["metric"].Value];
            // In a call of Happened tag and value take turns; a call of Over has the tag alone.
            string[] words = [.. Text().Matches(query.Groups["rest"].Value).Select(m => m.Groups[1].Value)];
            wrong.AddRange(words.Where((word, i) => !rows[metric].Contains(i % 2 == 0 ? $"`{word}`" : word, StringComparison.Ordinal)).Select(w => $"{metric} has no {w}"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(Query().Count(Sources()) > 8);
    }

    private static string Sources() => string.Concat(Repository.Sources("infra").Select(File.ReadAllText));

    private static Dictionary<string, string> Constants() =>
        Constant().Matches(File.ReadAllText(Repository.PathOf("infra/MetricNames.cs"))).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);

    /// <summary>From a metric's name to the cell with its tags and their values.</summary>
    private static Dictionary<string, string> Rows() =>
        Row().Matches(File.ReadAllText(Repository.PathOf("docs/telemetry.md"))).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value + m.Groups[3].Value);

    [GeneratedRegex("""const string (\w+) = "([^"]+)";""")]
    private static partial Regex Constant();

    [GeneratedRegex(@"^\| `(mlops\.[^`]+)` \| \w+ \| [^|]+ \| ([^|]*) \| ([^|\n]*) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"MetricQuery\.\w+\((?:Range, )?MetricNames\.(?<metric>\w+)(?<rest>[^;\n]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex Query();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Text();
}
