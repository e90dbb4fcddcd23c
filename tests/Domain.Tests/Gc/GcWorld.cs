using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Experiments;
using MlOps.Domain.Gc;
using MlOps.Domain.Storage;
using MlOps.Domain.Tests.Pipelines;

namespace MlOps.Domain.Tests.Gc;

/// <summary>A whole domain over a clock that tests move, and short ways to fill and collect it.</summary>
public abstract class GcWorld : IAsyncLifetime
{
    protected static readonly TimeSpan Month = TimeSpan.FromDays(31);

    private readonly TempDirectory _folder = new();

    protected static CancellationToken None => CancellationToken.None;

    protected ManualTimeProvider Time { get; } = new();

    protected PipelineWorld World { get; private set; } = null!;

    protected ExperimentTracker Tracker => World.Tracker;

    public async Task InitializeAsync() => World = await PipelineWorld.OpenAsync(_folder.FullPath, Time);

    public async Task DisposeAsync()
    {
        await World.DisposeAsync();
        _folder.Dispose();
    }

    protected IBlobStore Blobs => World.Platform.Ports.Blobs;

    /// <summary>One over a store of its own.</summary>
    protected GarbageCollector Collector(IBlobStore blobs) => new(
        new ExperimentTracker(World.Platform.Ports.Tables, blobs, Time), World.Registry, World.Platform.Endpoints, World.Platform.Pipelines, World.Platform.Trainer, World.Platform.Datasets, World.Platform.Batches, World.Monitors, blobs, Time,
        Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

    /// <summary>As on a slow store: each step is the last of its page.</summary>
    protected async Task<(List<GcItem> Items, int Pages)> CollectStepByStepAsync(bool dryRun)
    {
        var items = new List<GcItem>();
        int pages = 0;
        string? after = null;
        do
        {
            GcPage page = await World.Platform.Garbage.RunAsync(new GcRequest { DryRun = dryRun, After = after }, TimeSpan.FromTicks(-1), None);
            items.AddRange(page.Items);
            after = page.Next;
            pages++;
        }
        while (after is not null);
        return (items, pages);
    }

    /// <summary>What another process would have.</summary>
    protected ExperimentTracker OtherTracker() => new(World.Platform.Ports.Tables, World.Platform.Ports.Blobs, Time);

    /// <summary>A run with a history of its own rows, and two files.</summary>
    protected async Task<Run> RunAsync(string id, string experiment = "churn")
    {
        Run run = await Tracker.StartRunAsync(new RunStart(id, experiment, "a run", RunLineage.None, RunChanges.NoTexts), None);
        await Tracker.LogMetricsAsync(id, [.. Enumerable.Range(0, 2_000).Select(step => new MetricPoint("loss", step, step, Time.GetUtcNow()))], None);
        await WriteAsync(id, "model/model.bin", "12345");
        await WriteAsync(id, "notes.txt", "123");
        return run;
    }

    protected async Task WriteAsync(string runId, string path, string text) =>
        await World.Platform.Ports.Blobs.WriteAsync("artifacts", $"{runId}/{path}", new MemoryStream(Encoding.UTF8.GetBytes(text)), new(), None);

    protected Task<int> FilesAsync(string prefix, string container = "artifacts") =>
        World.Platform.Ports.Blobs.ListAsync(container, prefix, None).CountAsync().AsTask();

    /// <summary>Every row that names the run, in all tables of runs.</summary>
    protected async Task<int> HistoryRowsAsync(string runId) =>
        (await World.Platform.Ports.Tables.QueryAsync("metricLog", runId, new(), None)).Entities.Count;

    protected Task<GcPage> CollectAsync(bool dryRun = false) => CollectAsync(new GcRequest { DryRun = dryRun });

    protected Task<GcPage> CollectAsync(GcRequest request) => World.Platform.Garbage.RunAsync(request, None);

    protected static (GcOutcome, string)[] Told(GcPage page) => [.. page.Items.Select(i => (i.Outcome, i.Id))];

    protected static async Task FailsAsync(string code, Func<Task> act) => Assert.Equal(code, (await Assert.ThrowsAsync<MlOpsException>(act)).Code);
}
