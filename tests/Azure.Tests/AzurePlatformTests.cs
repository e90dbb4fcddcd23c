using System.Text;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Azure.Storage;
using MlOps.Azure.Tests.Storage;
using MlOps.Azure.Tests.Workflows;
using MlOps.CrashHost;
using MlOps.Domain;
using MlOps.Domain.Batch;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Azure.Tests;

/// <summary>The whole domain on an Azure account, its workflows driven by either engine.</summary>
[Collection(WithAzurite.Name)]
public sealed class AzurePlatformTests(Azurite azurite) : IDisposable
{
    private readonly AzureStorageOptions _options = new();
    private readonly CancellationTokenSource _tooLong = new(TimeSpan.FromMinutes(2));

    public void Dispose() => _tooLong.Dispose();

    [SkippableFact]
    public async Task Pipeline_OverTheEmulatorByTheJournaledEngine_TrainsAndPromotes()
    {
        var catalog = new WorkflowCatalog();
        await using var engine = new JournaledEngine(
            new AzureEntityTable(azurite.Connection.Tables(_options)), catalog, TimeProvider.System, NullLogger.Instance);
        await using AzurePlatform azure = Open(engine, azurite.Connection, WorkflowEngine.Journaled);
        azure.Platform.AddTo(catalog);
        await engine.StartAsync(_tooLong.Token);

        PipelineRun run = await StartAsync(azure.Platform, "journaled");
        await PromotedAsync(azure.Platform, await azure.Platform.Pipelines.WaitAsync(run.Id, _tooLong.Token));
    }

    [SkippableFact]
    public async Task Pipeline_OverTheEmulatorByDurable_TrainsAndPromotesThroughARestart()
    {
        var catalog = new WorkflowCatalog();
        AzurePlatform? azure = null;
        await using DurableFixture durable = await DurableFixture.OpenAsync(catalog, 8, client => (azure = Open(client, azurite.DurableConnection, WorkflowEngine.Durable)).Platform.AddTo(catalog));
        await using (azure)
        {
            PipelineRun run = await StartAsync(azure!.Platform, "durable");
            await durable.RestartAsync();
            await PromotedAsync(azure.Platform, await EndedAsync(durable, azure.Platform.Pipelines.WaitAsync(run.Id, _tooLong.Token)));
        }
    }

    [SkippableFact]
    public async Task Batch_OfHundredsOfPartitionsByDurable_FansOutThroughSubOrchestrations()
    {
        var catalog = new WorkflowCatalog();
        AzurePlatform? azure = null;
        await using DurableFixture durable = await DurableFixture.OpenAsync(
            catalog, 8, client => (azure = Open(client, azurite.DurableConnection, WorkflowEngine.Durable)).Platform.AddTo(catalog));
        await using (azure)
        {
            PipelineRun run = await StartAsync(azure!.Platform, "batched");
            await PromotedAsync(azure.Platform, await EndedAsync(durable, azure.Platform.Pipelines.WaitAsync(run.Id, _tooLong.Token)));

            var request = new BatchRequest("batched", "shop") { PartitionRows = 1, Parallel = 16 };
            BatchPrediction batch = await azure.Platform.Batches.StartAsync(request, null, "test", _tooLong.Token);
            batch = await EndedAsync(durable, azure.Platform.Batches.WaitAsync(batch.Id, _tooLong.Token));

            Assert.Equal((200, 200L), (batch.Output!.Parts, batch.Output.Rows));
            var groups = new List<OrchestrationMetadata>();
            await foreach (OrchestrationMetadata instance in durable.Durable.GetAllInstancesAsync())
            {
                if (instance.Name == BatchGroupWorkflow.WorkflowName)
                    groups.Add(instance);
            }

            Assert.Equal(4, groups.Count);
            Assert.All(groups, group => Assert.Equal(OrchestrationRuntimeStatus.Completed, group.RuntimeStatus));
        }
    }

    private static async Task<T> EndedAsync<T>(DurableFixture durable, Task<T> ended)
    {
        await durable.Clock.AdvanceUntilAsync(ended, timeout: TimeSpan.FromMinutes(2));
        return await ended;
    }

    private AzurePlatform Open(IWorkflowClient workflows, AzureConnection account, string engine) =>
        new(account, _options, workflows, engine, TrainerCatalog.Default, TimeProvider.System, NullLoggerFactory.Instance);

    private async Task<PipelineRun> StartAsync(Platform platform, string pipeline)
    {
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes(PipelineLoad.Csv()));
        DatasetAdded data = await platform.Datasets.AddAsync("shop", csv, new DatasetAddOptions { Source = "shop.csv" }, _tooLong.Token);
        Assert.Equal(200, (await platform.Datasets.LoadAsync(data.Version, _tooLong.Token)).RowCount);
        string yaml = PipelineLoad.Yaml.Replace("name: shop", $"name: {pipeline}", StringComparison.Ordinal);
        await platform.Pipelines.RegisterAsync(yaml, "shop.yaml", "test", _tooLong.Token);
        return await platform.Pipelines.RunAsync(pipeline, PipelineLoad.Trigger, _tooLong.Token);
    }

    private async Task PromotedAsync(Platform platform, PipelineRun run)
    {
        Assert.Null(run.Failure);
        ModelVersion version = await platform.Registry.GetVersionAsync(run.Pipeline, 1, _tooLong.Token);
        Assert.Equal(1, (await platform.Registry.GetModelAsync(run.Pipeline, _tooLong.Token)).Aliases["champion"]);
        Assert.NotNull(await platform.Models.LoadAsync(new(version.ModelDigest, version.ModelSize), _tooLong.Token));
    }
}
