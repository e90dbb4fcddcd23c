using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;
using MlOps.Domain.Tests.Pipelines;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

/// <summary>A model trainer on real stores, with the first telco customers as the data set <c>telco</c>.</summary>
public abstract class TrainingTest : IAsyncLifetime
{
    private const int Customers = 600;

    internal EmbeddedStores Stores { get; } = new();

    internal DatasetCatalog Datasets => new(Stores.Tables, Stores.Blobs, Stores.Time);

    internal ExperimentTracker Tracker => new(Stores.Tables, Stores.Blobs, Stores.Time);

    internal ModelStore Models => new(Stores.Blobs);

    protected static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync() => await AddTelcoAsync(Customers);

    public async Task DisposeAsync() => await Stores.DisposeAsync();

    internal async Task AddTelcoAsync(int customers)
    {
        string csv = string.Join('\n', RepoFiles.Read("samples/data/telco-churn.csv").Split('\n').Take(customers + 1)) + "\n";
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(csv));
        await Datasets.AddAsync("telco", content, new DatasetAddOptions(), None);
    }

    internal ModelTrainer Trainer(ITrainer? trainer = null, IBlobStore? blobs = null, TrainingLimits? limits = null) => new(
        Datasets,
        blobs is null ? Tracker : new ExperimentTracker(Stores.Tables, blobs, Stores.Time),
        new ModelStore(blobs ?? Stores.Blobs),
        trainer is null ? TrainerCatalog.Default : new TrainerCatalog([trainer]),
        Stores.Time,
        limits ?? TrainingLimits.None,
        NullLogger.Instance);

    internal static TrainingJob Job(string runId = "run-1") => new(
        runId,
        "churn",
        "first try",
        new DatasetRef("telco"),
        new SplitSpec(),
        "gbdt",
        new TrainingSpec { Task = LearningTask.Binary, Target = "churn", Parameters = new Dictionary<string, string> { ["trees"] = "20", ["depth"] = "3" }, Threads = 1 },
        "spec-digest",
        "1.2.3",
        new Dictionary<string, string> { ["team"] = "crm" });

    internal static async Task<Table> TelcoAsync()
    {
        await using var file = File.OpenRead(Path.Combine(RepoFiles.Root, "samples", "data", "telco-churn.csv"));
        return await CsvReader.ReadAsync(file, CsvOptions.Default, None);
    }
}
