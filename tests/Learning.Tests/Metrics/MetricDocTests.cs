using System.Text.RegularExpressions;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tests.Importing;

namespace MlOps.Learning.Tests.Metrics;

public partial class MetricDocTests
{
    [Fact]
    public void Page_TableOfMetrics_HasThoseOfTheCatalog()
    {
        string page = File.ReadAllText(Path.Combine(ExpectedRows.Folder, "..", "..", "..", "..", "docs", "evaluation.md"));
        string table = page[page.IndexOf("## Metrics", StringComparison.Ordinal)..page.IndexOf("## Gates", StringComparison.Ordinal)];
        string[] named = [.. table.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).SelectMany(l => Name().Matches(l.Split('|')[1])).Select(m => m.Groups[1].Value).Distinct()];

        Assert.Equal(MetricCatalog.All.Select(m => m.Name).Order(), named.Order());
    }

    [GeneratedRegex("`([A-Za-z0-9]+)`")]
    private static partial Regex Name();
}
