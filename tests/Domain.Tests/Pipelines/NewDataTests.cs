using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Domain.Datasets;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;

namespace MlOps.Domain.Tests.Pipelines;

/// <summary>What new data and due times start, and what they do not.</summary>
public sealed class NewDataTests : IAsyncLifetime
{
    private static readonly string Registered = SmallData.Pipeline.Replace("rollout: { strategy: direct }", "", StringComparison.Ordinal);

    private readonly TempDirectory _folder = new();
    private PipelineWorld _world = null!;

    public async Task InitializeAsync() => _world = await PipelineWorld.OpenAsync(_folder.FullPath);

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task OnDatasetVersion_SupersededVersionThatNeverRan_StartsNothing()
    {
        DatasetVersion old = await _world.AddAsync("shop", SmallData.Csv(300));
        await _world.AddAsync("shop", SmallData.Csv(300, seed: 2));
        await RegisterAsync("shop", Registered + "trigger: { newData: true }\n");

        DatasetVersion again = await _world.AddAsync("shop", SmallData.Csv(300));

        Assert.Equal(old.Version, again.Version);
        Assert.Empty(await _world.Pipelines.OnDatasetVersionAsync(again, default));
        Assert.Empty(await _world.Pipelines.ListRunsAsync(null, default).ToListAsync());
    }

    [Fact]
    public async Task OnDatasetVersion_SupersededVersionThatRan_GivesThatRun()
    {
        await RegisterAsync("shop", Registered + "trigger: { newData: true }\n");
        DatasetVersion old = await _world.AddAsync("shop", SmallData.Csv(300));
        PipelineRun run = Assert.Single(await _world.Pipelines.OnDatasetVersionAsync(old, default));
        await _world.AddAsync("shop", SmallData.Csv(300, seed: 2));

        Assert.Equal(run.Id, Assert.Single(await _world.Pipelines.OnDatasetVersionAsync(old, default)).Id);
        Assert.Single(await _world.Pipelines.ListRunsAsync(null, default).ToListAsync());
    }

    [Fact]
    public async Task OnDatasetVersion_OvertakenByTheDataOfARetrain_StartsItsPipelines()
    {
        await RegisterAsync("shop", Registered + "trigger: { newData: true }\n");
        DatasetVersion upload = await _world.AddAsync("shop", SmallData.Csv(300));
        using var grown = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(SmallData.Csv(400)));
        await _world.Datasets.AddAsync("shop", grown, new DatasetAddOptions { MadeBy = "monitoring" }, default);

        Assert.Equal("shop@1", Assert.Single(await _world.Pipelines.OnDatasetVersionAsync(upload, default)).Trigger.Dataset);
    }

    [Fact]
    public async Task OnDatasetVersion_OnePipelineCannotStart_StartsTheOthersAndSaysSo()
    {
        foreach (string name in (string[])["a", "b", "c"])
            await RegisterAsync(name, Registered + "trigger: { newData: true }\n");
        DatasetVersion version = await _world.AddAsync("shop", SmallData.Csv(300));
        Domain.Pipelines.Pipelines refusing = Refusing(id => id.StartsWith("b-", StringComparison.Ordinal));

        var error = await Assert.ThrowsAsync<MlOpsException>(() => refusing.OnDatasetVersionAsync(version, default));

        Assert.Equal("store-away", error.Code);
        Assert.Equal(["a", "c"], (await _world.Pipelines.ListRunsAsync(null, default).ToListAsync()).Select(r => r.Pipeline).Order());
        Assert.Equal(3, (await _world.Pipelines.OnDatasetVersionAsync(version, default)).Count);
    }

    [Fact]
    public async Task Tick_OneScheduleCannotStart_StartsTheOthersAndThatOneAtTheNextTick()
    {
        foreach (string name in (string[])["a", "b", "c"])
            await RegisterAsync(name, Registered + "schedule: { every: 1h }\n");
        await _world.AddAsync("shop", SmallData.Csv(300));
        bool away = true;
        Domain.Pipelines.Pipelines refusing = Refusing(id => away && id.StartsWith("b-", StringComparison.Ordinal));
        var timers = new Timers(NewMonitorTimer(_ => false), refusing, _world.Platform.Rollouts, NullLogger.Instance);
        DateTimeOffset due = (await _world.Pipelines.GetAsync("c", default)).Since.AddHours(1);

        await timers.TickAsync(due, default);
        Assert.Equal(["a", "c"], (await _world.Pipelines.ListRunsAsync(null, default).ToListAsync()).Select(r => r.Pipeline).Order());
        away = false;
        await timers.TickAsync(due.AddSeconds(1), default);

        Assert.Equal(["a", "b", "c"], (await _world.Pipelines.ListRunsAsync(null, default).ToListAsync()).Select(r => r.Pipeline).Order());
    }

    [Fact]
    public async Task Tick_OneCheckCannotStart_StartsTheOthers()
    {
        foreach (string model in (string[])["a", "b", "c"])
            await _world.Monitors.SetPolicyAsync(new MonitorPolicy { Model = model, Drift = new DriftPolicy() }, default);
        DateTimeOffset due = (await _world.Monitors.FindPolicyAsync("c", default))!.Since.AddHours(1);

        await NewMonitorTimer(id => id.Contains("-b-", StringComparison.Ordinal)).TickAsync(due, default);

        List<string> checks = await _world.Engine.ListAsync(DriftCheckWorkflow.WorkflowName, null, default).Select(i => i.InstanceId).ToListAsync();
        Assert.Equal(["drift-a", "drift-c"], checks.Select(id => id[..7]).Order());
    }

    [Theory]
    [InlineData("csv", 20, "row 21 (line 22 where each row is one line)")]
    [InlineData("jsonl", 299, "row 300 (line 300 where each row is one line)")]
    public async Task Run_TargetMissingInSomeRow_IsRejectedWithTheRowOfTheFile(string format, int row, string place)
    {
        string[] lines = SmallData.Csv(300).TrimEnd('\n').Split('\n');
        lines[row + 1] = lines[row + 1][..(lines[row + 1].LastIndexOf(',') + 1)];
        string text = string.Join('\n', format == "csv" ? lines : lines.Skip(1).Select(Json)) + "\n";
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        await _world.Datasets.AddAsync("shop", content, new DatasetAddOptions { Format = format }, default);

        PipelineRun run = await _world.RunAsync(SmallData.Pipeline);

        Assert.Equal(PipelineEnd.SchemaFailed, run.Result?.End);
        Assert.Contains($"target 'bought' is missing in 1 of 300 rows, first in {place}: fill or drop these rows", run.Result!.Reason);
    }

    private static string Json(string line) => line.Split(',') is [var income, var visits, var region, var bought]
        ? $$"""{"income": {{income}}, "visits": {{visits}}, "region": "{{region}}", "bought": {{(bought.Length == 0 ? "null" : $"\"{bought}\"")}}}"""
        : throw new FormatException(line);

    private Task RegisterAsync(string name, string yaml) =>
        _world.Pipelines.RegisterAsync(yaml.Replace("name: shop", $"name: {name}", StringComparison.Ordinal), "p.yaml", "tester", default);

    private Domain.Pipelines.Pipelines Refusing(Func<string, bool> refuses)
    {
        PlatformPorts p = _world.Platform.Ports;
        return new(p.Tables, p.Blobs, new RefusingEngine(_world.Engine, refuses), _world.Platform.PipelineParser, _world.Datasets,
            new WebhookAddress(p.Setting), p.Time, p.Ids, NullLogger.Instance);
    }

    private MonitorTimer NewMonitorTimer(Func<string, bool> refuses) =>
        new(_world.Platform.Ports.Tables, _world.Platform.Ports.Blobs, new RefusingEngine(_world.Engine, refuses), NullLogger.Instance);
}
