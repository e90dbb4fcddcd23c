using System.Text.RegularExpressions;
using MlOps.Contracts;
using MlOps.Domain.Pipelines;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Pipelines;

/// <summary>The sample pipelines, held to the sample data that they name.</summary>
public sealed class SampleTests
{
    private const int Rows = 400;

    public static TheoryData<string> All => [.. Directory.EnumerateFiles(Path.Combine(RepoFiles.Root, "samples"), "*.pipeline.yaml").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(All))]
    public void Sample_NamesOnlyColumnsOfItsData(string file)
    {
        PipelineSpec spec = Spec(file);

        string[] header = File.ReadLines(DataOf(spec)).First().Split(',');
        IEnumerable<string> named =
        [
            spec.Target, .. spec.Slices, .. spec.Features.Include, .. spec.Features.Exclude, .. spec.Schema.Columns.Select(c => c.Column),
            .. spec.Gates.Select(g => g.Column).OfType<string>(), .. new[] { spec.Split.StratifyBy, spec.Split.TimeColumn }.OfType<string>(),
        ];
        Assert.Empty(named.Except(header));
    }

    /// <summary>On few rows and with few trees, which the gates may refuse: every step up to their verdict is done.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public async Task Sample_OnTheHeadOfItsData_RunsToAVerdict(string file)
    {
        string yaml = Number("trees").Replace(Number("minRows").Replace(RepoFiles.Read("samples/" + file), $"minRows: {Rows}"), "trees: 3");
        PipelineSpec spec = Spec(file);
        using var folder = new TempDirectory();
        await using PipelineWorld world = await PipelineWorld.OpenAsync(folder.FullPath);
        await world.AddAsync(spec.Dataset, string.Join('\n', File.ReadLines(DataOf(spec)).Take(Rows + 1)) + "\n");

        PipelineRun run = await world.RunAsync(yaml);

        Assert.True(run.State is PipelineRunState.Succeeded or PipelineRunState.Rejected, $"{run.State}: {run.Failure?.Message}");
        Assert.Equal(spec.Gates.Count, run.Result!.Gates.Count);
        Assert.All(spec.Trainers, trainer => Assert.Equal(StepState.Succeeded, run.Steps.Single(s => s.Name == "train " + trainer.Name).State));
    }

    private static PipelineSpec Spec(string file) => new PipelineParser(TrainerCatalog.Default).Parse(RepoFiles.Read("samples/" + file), file);

    private static string DataOf(PipelineSpec spec) => Path.Combine(RepoFiles.Root, "samples", "data", spec.Dataset + ".csv");

    private static Regex Number(string key) => new($@"\b{key}: \d+");
}
