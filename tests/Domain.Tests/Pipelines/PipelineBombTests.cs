using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Pipelines.Reading;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Pipelines;

/// <summary>Documents made to hurt: the parser answers each with a mistake, at once.</summary>
public sealed class PipelineBombTests
{
    private static readonly PipelineParser Parser = new(TrainerCatalog.Default);

    [Theory]
    [InlineData("[", 200_000)]
    [InlineData("{a: ", 50_000)]
    [InlineData("- ", 100_000)]
    [InlineData("? ", 100_000)]
    [InlineData("{[", 100_000)]
    public void TryParse_Nesting_StopsAtTheLimitWithItsPlace(string level, int times)
    {
        string yaml = "schema: \n " + string.Concat(Enumerable.Repeat(level, times));

        PipelineProblem problem = Parser.TryParse(yaml, "p.yaml").Problems[^1];

        Assert.Equal($"is nested more than {YamlEvents.MaxDepth} levels deep; no key of a pipeline file is", problem.Message);
        Assert.Equal(2, problem.Line);
        Assert.InRange(problem.Column, 60, 300);
    }

    [Fact]
    public void TryParse_NestingInAKeyGivenTwice_StopsAsWell()
    {
        string yaml = "name: a\nname: " + new string('[', 100_000);

        Assert.Contains(Parser.TryParse(yaml, "p.yaml").Problems, p => p.Message.StartsWith("is nested more than", StringComparison.Ordinal));
    }

    [Fact]
    public void TryParse_DepthOfTheLimit_IsRead()
    {
        string yaml = "name: " + new string('[', YamlEvents.MaxDepth - 1) + new string(']', YamlEvents.MaxDepth - 1);

        Assert.Contains(Parser.TryParse(yaml, "p.yaml").Problems, p => p is { Path: "name", Message: "must be one value, not a list or a mapping" });
    }

    [Fact]
    public void TryParse_AliasesOfAliases_AreRefusedEachAtItsPlace()
    {
        const string yaml = """
            a: &a [x, x]
            b: [*a, *a]
            b: *a
            """;

        IEnumerable<string> problems = Parser.TryParse(yaml, "p.yaml").Problems.Select(p => p.ToString());

        Assert.Collection(
            problems,
            p => Assert.StartsWith("p.yaml:1:4: a: '&a' names a value; anchors and aliases are not read here", p),
            p => Assert.StartsWith("p.yaml:2:5: b[0]: '*a' stands for another value", p),
            p => Assert.StartsWith("p.yaml:2:9: b[1]: '*a' stands", p),
            p => Assert.StartsWith("p.yaml:3:1: 'b' is given already in line 2", p),
            p => Assert.StartsWith("p.yaml:3:4: b: '*a' stands", p));
    }

    [Fact]
    public void TryParse_TooLong_SaysHowLongItMayBe()
    {
        PipelineProblem problem = Assert.Single(Parser.TryParse("name: a\n#" + new string('x', YamlDocuments.MaxLength), "p.yaml").Problems);

        Assert.Equal("p.yaml:1:1: has 262,153 characters; at most 262,144 are allowed", problem.ToString());
    }

    [Fact]
    public void TryParse_LongKey_IsLeftOut()
    {
        PipelineProblem problem = Parser.TryParse($"schema: {{ columns: {{ {new string('k', 300)}: {{ values: [a, b] }} }} }}\n", "p.yaml").Problems[^1];

        Assert.Equal("p.yaml:1:22: schema.columns: has a key of 300 characters; at most 256 are allowed", problem.ToString());
    }

    [Fact]
    public void TryParse_ManyMistakes_ReportsABoundedNumberOfBoundedLength()
    {
        var yaml = new StringBuilder();
        for (int i = 0; i < 10_000; i++)
            yaml.Append("key").Append(i).Append(": 1\n");

        IReadOnlyList<PipelineProblem> problems = Parser.TryParse(yaml.ToString(), "p.yaml").Problems;

        Assert.InRange(problems.Count, 100, 200);
        Assert.All(problems, p => Assert.InRange(p.Message.Length, 1, 1_003));
    }

    [Fact]
    public void TryParse_AnyMixOfYamlSigns_NeverThrows()
    {
        string[] signs = ["[", "]", "{", "}", ": ", ", ", "- ", "? ", "\n", "\n  ", "name", "split", "trainers", "use", "&a ", "*a ", "!t ", "'", "\"", "|\n ", ">\n ", "#", "---\n", "...\n", "%YAML 1.1\n", "\\U00110000", "\\x", "<<", "~", "\t", "\0", "é", "20%"];
        Arbitrary<string[]> texts = Gen.Elements(signs).ArrayOf().ToArbitrary();

        Prop.ForAll(texts, text => Parser.TryParse(string.Concat(text), "p.yaml").Problems.Count > 0).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000).WithEndSize(60));
    }
}
