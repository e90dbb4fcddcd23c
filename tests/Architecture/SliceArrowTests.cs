namespace MlOps.Architecture;

/// <summary>Which slice of the domain may use which (design: "Arrows between slices"), judged by Roslyn's symbols, not by usings.</summary>
public class SliceArrowTests
{
    /// <summary>Each column may use the columns left of it; slices of one column do not know each other.</summary>
    private static readonly string[][] Columns =
    [
        ["Storage", "Workflows"],
        ["Access", "Webhooks"],
        ["Datasets"],
        ["Validation", "Features"],
        ["Experiments"],
        ["Training", "Evaluation", "EvaluationDatasets"],
        ["Tuning"],
        ["Registry"],
        ["Serving"],
        ["Rollout", "Monitoring", "Batch"],
        ["Pipelines"],
        ["Gc"],
    ];

    private static readonly Lazy<DomainModel> Domain = new(() => DomainModel.Compile(Repository.Sources("src/Domain")));

    [Fact]
    public void Slices_OfTheDomain_StandInTheTable()
    {
        IEnumerable<string> unknown = Domain.Value.Slices.Where(s => s.Length > 0 && ColumnOf(s) < 0);

        Assert.Empty(unknown);
    }

    [Fact]
    public void Uses_BetweenSlices_PointOnlyToTheLeft()
    {
        IEnumerable<string> wrong = Domain.Value.Uses
            .Where(u => u.From.Length > 0 && u.To.Length > 0 && u.From != u.To && ColumnOf(u.To) >= ColumnOf(u.From))
            .Select(u => u.ToString()).Distinct();

        Assert.Empty(wrong);
    }

    [Fact]
    public void Uses_OfAnotherSlice_TouchOnlyItsPublicTypes()
    {
        IEnumerable<string> wrong = Domain.Value.Uses
            .Where(u => u.From.Length > 0 && u.To.Length > 0 && u.From != u.To && !u.IsPublic)
            .Select(u => u.ToString()).Distinct();

        Assert.Empty(wrong);
    }

    [Fact]
    public void Checker_OnFilesWhoseNamesDoNotBind_RefusesToJudge()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "namespace D; public class A { Missing? m; }");
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => DomainModel.Compile([file]));
        File.Delete(file);

        Assert.Contains("Missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checker_OnASliceThatLooksRight_SeesTheArrow()
    {
        var model = DomainModel.Compile(
        [
            ("Datasets/A.cs", "namespace D; public class A { Registry.B? b; }"),
            ("Registry/B.cs", "namespace D.Registry; internal class B { }"),
        ]);

        SliceUse use = Assert.Single(model.Uses, u => u.From == "Datasets" && u.To == "Registry");
        Assert.False(use.IsPublic);
        Assert.True(ColumnOf(use.To) > ColumnOf(use.From));
    }

    private static int ColumnOf(string slice) => Array.FindIndex(Columns, c => c.Contains(slice));
}
