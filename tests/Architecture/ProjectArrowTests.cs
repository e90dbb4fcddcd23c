using System.Xml.Linq;

namespace MlOps.Architecture;

/// <summary>Which project may point to which (design: "Arrows between projects").</summary>
public class ProjectArrowTests
{
    /// <summary>Direct references each source project may have; what is not named may not be there.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Learning"] = [],
        ["Domain"] = ["Learning"],
        ["Embedded"] = ["Domain"],
        ["Azure"] = ["Domain"],
        ["MlNet"] = ["Learning"],
        ["Api"] = ["Domain"],
        ["Server"] = ["Api", "Embedded"],
        ["Cli"] = ["Server"],
        ["Dashboard"] = [],
        ["CloudCli"] = ["Azure", "Cli", "MlNet"],
    };

    [Fact]
    public void References_OfEverySourceProject_AreTheAllowedOnes()
    {
        var wrong = new List<string>();
        foreach (string project in Repository.Sources("src", "*.csproj"))
        {
            string name = Path.GetFileNameWithoutExtension(project);
            string[]? allowed = Allowed.GetValueOrDefault(name);
            if (allowed is null)
                wrong.Add($"{name} is not in the table of project arrows");
            else
                wrong.AddRange(ReferencesOf(project, "ProjectReference").Where(r => !allowed.Contains(r)).Select(r => $"{name} -> {r}"));
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("Learning")]
    [InlineData("Domain")]
    public void Packages_OfTheCore_KnowNoWebNoStoreNoCloud(string project)
    {
        string file = Repository.PathOf($"src/{project}/{project}.csproj");
        string[] banned = ["Microsoft.AspNetCore", "Sqlite", "SQLite", "Azure", "Microsoft.DurableTask", "Microsoft.ML", "Spectre"];
        IEnumerable<string> references = ReferencesOf(file, "PackageReference").Concat(ReferencesOf(file, "FrameworkReference"));

        Assert.DoesNotContain(references, r => banned.Any(b => r.Contains(b, StringComparison.Ordinal)));
    }

    [Fact]
    public void CloudPackages_StandOnlyInTheCloudProjects()
    {
        string[] cloud = ["Azure.", "Microsoft.Azure.", "Microsoft.DurableTask", "Microsoft.ML", "Pulumi"];
        IEnumerable<string> offenders = Repository.Sources("src", "*.csproj")
            .Where(p => Path.GetFileNameWithoutExtension(p) is not ("Azure" or "MlNet"))
            .SelectMany(p => ReferencesOf(p, "PackageReference").Where(r => cloud.Any(c => r.StartsWith(c, StringComparison.Ordinal))).Select(r => $"{p}: {r}"));

        Assert.Empty(offenders);
    }

    [Fact]
    public void EmbeddedFilter_HoldsEveryProjectThatNeedsNoCloudPackage()
    {
        string filter = File.ReadAllText(Repository.PathOf("MlOps.Embedded.slnf"));
        string[] cloud = ["functions/", "infra/", "src/Azure/", "src/CloudCli/", "src/MlNet/", "tests/Azure.Tests/", "tests/Functions.Tests/", "tests/MlNet.Tests/", "tests/Infra.Tests/"];
        IEnumerable<string> missing = Repository.Sources(".", "*.csproj")
            .Select(p => Path.GetRelativePath(Repository.Root, p).Replace('\\', '/'))
            .Where(p => !p.StartsWith("artifacts/", StringComparison.Ordinal) && !cloud.Any(c => p.StartsWith(c, StringComparison.Ordinal)))
            .Where(p => !filter.Contains($"\"{p}\"", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    private static IEnumerable<string> ReferencesOf(string project, string element) =>
        XDocument.Load(project).Descendants(element)
            .Select(e => e.Attribute("Include")?.Value ?? "")
            .Select(v => v.EndsWith(".csproj", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(v.Replace('\\', '/')) : v);
}
