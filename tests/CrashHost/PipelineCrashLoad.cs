using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Serving;
using MlOps.Domain.Training;
using MlOps.Embedded;
using MlOps.Embedded.Workflows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.CrashHost;

/// <summary>
/// Two lives of one model, each from data to promotion: its first version, and one that is held against that champion and takes over step
/// by step, under traffic. Both are trained by two trainers, one of them in pieces.
/// </summary>
public static class PipelineCrashLoad
{
    private const string Common = """
        name: shop
        dataset: shop
        task: binary
        target: bought
        trainers:
          - { name: trees, use: gbdt, parameters: { trees: 5, depth: 2 } }
          - { name: lines, use: linear }
        gates:
          absolute: [{ metric: auc, atLeast: 0.6 }]
          champion: [{ metric: auc, tolerance: 0.5 }]
        monitoring:
          drift: { every: 10d }

        """;

    private const string First = Common + "rollout: { strategy: direct }\n";

    private const string Canary = """
        rollout: { strategy: canary, steps: [50%, 100%], bake: 1s, minRequests: 2, maxLatencyRatio: 1000, latencyTolerance: 1h, deadline: 2h }

        """;

    private static readonly string Next = Common.Replace("trees: 5", "trees: 4", StringComparison.Ordinal) + Canary;

    private const int Requests = 8;

    /// <summary>Half of it is a piece: three trees of <see cref="SlowTrainer"/>.</summary>
    private static readonly TrainingLimits Limits = new() { Time = TimeSpan.FromMinutes(25) };

    /// <summary>From nothing to the first champion.</summary>
    public static Task RunFirstAsync(string directory, IJournalObserver? observer) => RunAsync(directory, First, "first", observer);

    /// <summary>From a champion to the next.</summary>
    public static Task RunNextAsync(string directory, IJournalObserver? observer) => RunAsync(directory, Next, "next", observer);

    public static async Task<EmbeddedPlatform> OpenAsync(string directory, IJournalObserver? observer)
    {
        var clock = new QuickClock();
        LocalStores stores = await LocalStores.OpenAsync(Path.Combine(directory, "mlops.db"), Path.Combine(directory, "blobs"), clock, default);
        var trainers = new TrainerCatalog([new SlowTrainer(clock), TrainerCatalog.Default.Get("linear")]);
        return new EmbeddedPlatform(stores, trainers, clock, NullLoggerFactory.Instance, new JournaledEngineOptions { Observer = observer }, Limits);
    }

    private static async Task RunAsync(string directory, string yaml, string cause, IJournalObserver? observer)
    {
        await using EmbeddedPlatform embedded = await OpenAsync(directory, observer);
        await embedded.StartAsync(default);
        Platform platform = embedded.Platform;
        await AddAsync(platform);
        await platform.Pipelines.RegisterAsync(yaml, "shop.yaml", "test", default);
        // The same each time, so that a restarted process finds the run it began.
        PipelineRun run = await platform.Pipelines.RunAsync("shop", new PipelineTrigger(TriggerReason.Manual, "test", Cause: cause), default);
        Task<PipelineRun> end = platform.Pipelines.WaitAsync(run.Id, default);
        if (yaml == Next)
            await ServeUntilAsync(platform, end);
        await end;
    }

    private static async Task AddAsync(Platform platform)
    {
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes(PipelineLoad.Csv()));
        await platform.Datasets.AddAsync("shop", csv, new DatasetAddOptions { Source = "shop.csv" }, default);
    }

    private static async Task ServeUntilAsync(Platform platform, Task end)
    {
        var row = new Table([new NumberColumn("income", [50]), new NumberColumn("visits", [7])]);
        for (int i = 0; !end.IsCompleted; i++)
        {
            await platform.Predictor.PredictAsync(new PredictionRequest("shop", null, row, $"{Environment.ProcessId}-{i}", $"customer {i % Requests}"), default);
            if (i % Requests == 0)
                await Task.WhenAny(end, Task.Delay(TimeSpan.FromSeconds(1), platform.Ports.Time));
        }
    }
}
