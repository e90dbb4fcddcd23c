using System.Text;
using MlOps.Contracts;
using MlOps.CrashHost;
using MlOps.Domain;
using MlOps.Domain.Batch;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Training;
using MlOps.Embedded.Tests.Workflows;
using MlOps.Embedded.Workflows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Embedded.Tests.Batch;

/// <summary>The steps of batch predictions, held against committed histories, which <see cref="WorkflowHistoryTests"/> replays.</summary>
public sealed class BatchHistoryTests : IAsyncLifetime
{
    private readonly TempDirectory _folder = new();
    private EmbeddedPlatform _embedded = null!;

    private Platform Platform => _embedded.Platform;

    public async Task InitializeAsync()
    {
        _embedded = await PipelineLoad.OpenAsync(_folder.FullPath, null);
        await _embedded.StartAsync(default);
        byte[] csv = Encoding.UTF8.GetBytes("x,y\n" + string.Concat(Enumerable.Range(1, 66).Select(i => $"{i},{2 * i}\n")));
        DatasetVersion data = (await Platform.Datasets.AddAsync("numbers", new MemoryStream(csv), new DatasetAddOptions(), default)).Version;
        Table table = await Platform.Datasets.LoadAsync(data, default);
        IModel model = TrainerCatalog.Default.Get("linear").Fit(new TrainingSpec { Task = LearningTask.Regression, Target = "y" }, table, null, null, default);
        ModelRef stored = await Platform.Models.SaveAsync(model, default);
        var registration = new ModelRegistration("run", stored.Digest, stored.Size, model.Trainer, model.Signature, new Dictionary<string, double>(), new RunLineage("numbers@1", "d", "s", "c", "p"));
        await Platform.Registry.RegisterAsync("twice", registration, "test", default);
    }

    public async Task DisposeAsync()
    {
        await _embedded.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Batch_OfOneGroup_AsksForTheCommittedSteps() =>
        Histories.IsCommitted("batch-prediction-1.json", await ExportAsync(await RunAsync(new BatchRequest("twice", "numbers") { PartitionRows = 22, SaveAs = "doubles" })));

    [Fact]
    public async Task Batch_OfGroups_AsksForTheCommittedSteps()
    {
        string id = await RunAsync(new BatchRequest("twice", "numbers") { PartitionRows = 1 });

        Histories.IsCommitted("batch-prediction-1-groups.json", await ExportAsync(id));
        Histories.IsCommitted("batch-group-1.json", await ExportAsync($"{id}:3"));
    }

    [Fact]
    public async Task Batch_OfFifteenPartitionsAtOnce_SharesThemBetweenTwoGroups()
    {
        string id = await RunAsync(new BatchRequest("twice", "numbers") { PartitionRows = 1, Parallel = 15 });

        string history = await ExportAsync(id);
        Assert.Contains("\\u0022parts\\u0022:64,\\u0022parallel\\u0022:8,", history, StringComparison.Ordinal);
        Assert.Contains("\\u0022parts\\u0022:2,\\u0022parallel\\u0022:7,", history, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(BatchRequest request)
    {
        BatchPrediction batch = await Platform.Batches.StartAsync(request, request.PartitionRows.ToString(), "test", default);
        Assert.Equal(BatchState.Succeeded, (await Platform.Batches.WaitAsync(batch.Id, default)).State);
        return batch.Id;
    }

    private Task<string> ExportAsync(string instanceId) => WorkflowHistory.ExportAsync(Platform.Ports.Tables, instanceId, default);
}
