using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Datasets;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Tests.Pipelines;

/// <summary>
/// The champion knows its training rows by heart here, so a comparison on them is one that no candidate can pass. The seed, the split
/// or the columns are changed, which divides all rows anew.
/// </summary>
public sealed class ChampionComparisonTests : IAsyncLifetime
{
    private const string Pipeline = """
        name: shop
        dataset: shop
        task: binary
        target: bought
        trainer: { use: gbdt, parameters: { trees: 120, depth: 10 } }
        gates:
          absolute: [{ metric: auc, atLeast: 0.6 }]
          champion: [{ metric: auc, tolerance: 0.015 }]
        rollout: { strategy: direct }

        """;

    private readonly TempDirectory _folder = new();
    private PipelineWorld _world = null!;

    public async Task InitializeAsync() => _world = await PipelineWorld.OpenAsync(_folder.FullPath);

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("seed: 7\n", 200)]
    [InlineData("split: { test: 30% }\n", 650)]
    [InlineData("split: { stratify: region }\n", 599)]
    public async Task Run_OtherSplitThanTheChampions_ComparesOnRowsNewToIt(string change, int most)
    {
        await AddAsync(SmallData.Csv(3_000));
        await _world.RunAsync(Pipeline);

        PipelineRun run = await _world.RunAsync(Pipeline + change);

        ExpectFair(run, most);
    }

    [Fact]
    public async Task Run_ColumnAdded_ComparesOnRowsNewToTheChampion()
    {
        await AddAsync(SmallData.Csv(3_000));
        await _world.RunAsync(Pipeline);
        await AddAsync(WithColumn(SmallData.Csv(3_000)));

        ExpectFair(await _world.RunAsync(Pipeline), most: 200);
    }

    [Fact]
    public async Task Run_ColumnOfAnotherType_ComparesOnRowsNewToTheChampion()
    {
        await AddAsync(SmallData.Csv(3_000), ("visits", ColumnType.Category));
        await _world.RunAsync(Pipeline);
        await AddAsync(SmallData.Csv(3_000) + "1,2,north,No\n");

        ExpectFair(await _world.RunAsync(Pipeline), most: 200);
    }

    [Fact]
    public async Task Run_GrownData_LeavesOutOnlyTheRowsThatChangedSides()
    {
        await AddAsync(SmallData.Csv(2_000));
        await _world.RunAsync(Pipeline);
        await AddAsync(SmallData.Csv(2_200));

        PipelineRun run = await _world.RunAsync(Pipeline);

        Assert.InRange((await ComparisonAsync(run)).ChampionReport!.Rows, 380, 439);
    }

    [Theory]
    [InlineData("", PipelineEnd.GateFailed)]
    [InlineData(", unmeasured: pass", PipelineEnd.Promoted)]
    public async Task Run_HardlyAnyRowsNewToTheChampion_IsRejectedUnlessTheGateLetsItPass(string option, PipelineEnd end)
    {
        await AddAsync(SmallData.Csv(300));
        await _world.RunAsync(Pipeline);

        PipelineRun run = await _world.RunAsync(Pipeline.Replace("0.015", "0.015" + option, StringComparison.Ordinal) + "seed: 7\n");

        Assert.Equal(end, run.Result!.End);
        GateVerdict verdict = run.Result.Gates.Single(g => g.Gate == "auc vs champion");
        Assert.Contains("of 60 test rows are new to it, 30 are needed; add rows, train by the split it was trained by", verdict.Reason);
        Assert.Contains("champion (version 1) cannot be compared", run.Steps.Single(s => s.Name == "evaluate").Summary);
    }

    private static void ExpectFair(PipelineRun run, int most)
    {
        GateVerdict verdict = run.Result!.Gates.Single(g => g.Gate == "auc vs champion");
        Assert.True(verdict.Passed, verdict.Reason);
        string summary = run.Steps.Single(s => s.Name == "evaluate").Summary!;
        Assert.Matches("; on the [0-9]+ of them that are new to the champion \\(version 1\\)", summary);
        int rows = int.Parse(summary.Split("; on the ")[1].Split(' ')[0]);
        Assert.InRange(rows, 100, most);
    }

    private async Task<ChampionComparison> ComparisonAsync(PipelineRun run)
    {
        await using Stream content = await _world.Tracker.OpenArtifactAsync(run.Result!.RunId!, "comparison.json", default);
        using var reader = new StreamReader(content);
        return WorkflowJson.Read<ChampionComparison>(await reader.ReadToEndAsync())!;
    }

    private async Task AddAsync(string csv, params (string Column, ColumnType Type)[] types)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        await _world.Datasets.AddAsync("shop", content, new DatasetAddOptions { Types = types.ToDictionary(t => t.Column, t => t.Type) }, default);
    }

    private static string WithColumn(string csv)
    {
        string[] lines = csv.TrimEnd('\n').Split('\n');
        return string.Join('\n', lines.Select((line, row) => line + (row == 0 ? ",channel" : row % 3 == 0 ? ",web" : ",phone"))) + "\n";
    }
}
