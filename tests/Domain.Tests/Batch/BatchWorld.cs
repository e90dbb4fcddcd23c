using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Batch;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Storage;
using MlOps.Domain.Tests.Pipelines;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Batch;

/// <summary>A platform with a small model, whose inputs are a number, a category and a number that may be missing.</summary>
internal sealed class BatchWorld : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private PipelineWorld _world = null!;

    public ManualTimeProvider Time { get; } = new();

    public WatchedBlobs Blobs { get; private set; } = null!;

    public IEntityTable Tables { get; private set; } = null!;

    public Platform Platform => _world.Platform;

    public BatchPredictions Batches => Platform.Batches;

    public Domain.Workflows.IWorkflowClient Engine => _world.Engine;

    public static async Task<BatchWorld> OpenAsync()
    {
        var world = new BatchWorld();
        await world.StartAsync();
        await world.RegisterAsync("run-1");
        return world;
    }

    /// <summary>What a process that begins again finds.</summary>
    public async Task RestartAsync()
    {
        await _world.DisposeAsync();
        await StartAsync();
    }

    public async Task<ModelVersion> RegisterAsync(string run)
    {
        var csv = new StringBuilder("tenure,contract,charge,churn\n");
        for (int i = 0; i < 120; i++)
            csv.AppendLine(FormattableString.Invariant($"{i % 60},{(i % 2 == 0 ? "Month" : "Year")},{(i % 10 == 0 ? "" : $"{20 + (i % 7)}")},{(i % 60 < 30 ? "Yes" : "No")}"));
        ModelVersion version = await RegisterAsync("churn", run, csv.ToString(), new TrainingSpec { Task = LearningTask.Binary, Target = "churn" });
        await Platform.Registry.SetAliasAsync("churn", "champion", version.Version, null, "test", default);
        return version;
    }

    /// <summary>Trains a linear model on a table, and registers it.</summary>
    public async Task<ModelVersion> RegisterAsync(string name, string run, string csv, TrainingSpec spec)
    {
        Table table = await CsvReader.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(csv)), CsvOptions.Default, default);
        IModel model = TrainerCatalog.Default.Get("linear").Fit(spec, table, null, null, default);
        ModelRef stored = await Platform.Models.SaveAsync(model, default);
        var registration = new ModelRegistration(
            run, stored.Digest, stored.Size, model.Trainer, model.Signature, new Dictionary<string, double>(), new RunLineage("telco@1", "d1", "s1", "1.0", run));
        return await Platform.Registry.RegisterAsync(name, registration, "test", default);
    }

    /// <summary>Customers <c>c1</c>, <c>c2</c>, ... that the model can score.</summary>
    public Task<DatasetVersion> AddAsync(int rows, string name = "telco") => AddAsync(
        name, "id,tenure,contract,charge\n" + string.Concat(Enumerable.Range(1, rows).Select(i => $"c{i},{i % 60},{(i % 3 == 0 ? "Month" : "Year")},{(i % 5 == 0 ? "" : "25.5")}\n")));

    public Task<DatasetVersion> AddAsync(string name, string csv) => _world.AddAsync(name, csv);

    public async Task<BatchPrediction> RunAsync(BatchRequest request)
    {
        BatchPrediction batch = await Batches.StartAsync(request, null, "ann", default);
        return await WaitAsync(batch.Id);
    }

    public Task<BatchPrediction> WaitAsync(string id) => Batches.WaitAsync(id, default).WaitAsync(Eventually.Patience);

    /// <summary>The output as one file.</summary>
    public async Task<string> OutputAsync(string id)
    {
        BatchOutput output = await Batches.OutputAsync(id, default);
        using var reader = new StreamReader(output.OpenAll());
        string text = await reader.ReadToEndAsync();
        Assert.Equal(output.Length, Encoding.UTF8.GetByteCount(text));
        return text;
    }

    public async Task<string> PartAsync(string id, string name)
    {
        using var reader = new StreamReader(await (await Batches.FileAsync(id, name, default)).OpenAsync(default));
        return await reader.ReadToEndAsync();
    }

    /// <summary>What the model itself says of the data set, as a CSV.</summary>
    public async Task<string> ExpectedAsync(DatasetVersion data, params string[] columns)
    {
        Table rows = await Platform.Datasets.LoadAsync(data, default);
        ModelVersion version = await Platform.Registry.GetVersionAsync("churn", 1, default);
        IModel model = await Platform.Models.LoadAsync(new ModelRef(version.ModelDigest, version.ModelSize), default);
        var csv = new MemoryStream();
        await CsvWriter.WriteAsync(new Table([.. columns.Select(c => rows[c]), .. PredictionColumns.Of(model.Score(rows))]), csv, default);
        return Encoding.UTF8.GetString(csv.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        _directory.Dispose();
    }

    private async Task StartAsync() => _world = await PipelineWorld.OpenAsync(
        _directory.FullPath, Time, ports: ports => ports with { Tables = Tables = ports.Tables, Blobs = Blobs = new WatchedBlobs(ports.Blobs) });
}
