using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Azure.Storage;
using MlOps.Azure.Tests.Storage;
using MlOps.CrashHost;
using MlOps.Domain;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Azure.Tests;

/// <summary>The whole domain on an Azure account; the journaled engine, on the same tables, drives the workflows.</summary>
[Collection(WithAzurite.Name)]
public sealed class AzurePlatformTests(Azurite azurite)
{
    [SkippableFact]
    public async Task Pipeline_OverTheEmulator_TrainsAndPromotes()
    {
        using var tooLong = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var options = new AzureStorageOptions();
        var catalog = new WorkflowCatalog();
        await using var engine = new JournaledEngine(
            new AzureEntityTable(azurite.Connection.Tables(options)), catalog, TimeProvider.System, NullLogger.Instance);
        await using var azure = new AzurePlatform(
            azurite.Connection, options, engine, TrainerCatalog.Default, TimeProvider.System, NullLoggerFactory.Instance);
        Platform platform = azure.Platform;
        platform.AddTo(catalog);
        await engine.StartAsync(tooLong.Token);

        using var csv = new MemoryStream(Encoding.UTF8.GetBytes(PipelineLoad.Csv()));
        DatasetAdded data = await platform.Datasets.AddAsync("shop", csv, new DatasetAddOptions { Source = "shop.csv" }, tooLong.Token);
        await platform.Pipelines.RegisterAsync(PipelineLoad.Yaml, "shop.yaml", "test", tooLong.Token);
        PipelineRun run = await platform.Pipelines.RunAsync(PipelineLoad.Model, PipelineLoad.Trigger, tooLong.Token);
        run = await platform.Pipelines.WaitAsync(run.Id, tooLong.Token);

        Assert.Null(run.Failure);
        ModelVersion version = await platform.Registry.GetVersionAsync(PipelineLoad.Model, 1, tooLong.Token);
        Assert.Equal(1, (await platform.Registry.GetModelAsync(PipelineLoad.Model, tooLong.Token)).Aliases["champion"]);
        Assert.NotNull(await platform.Models.LoadAsync(new(version.ModelDigest, version.ModelSize), tooLong.Token));
        Assert.Equal(200, (await platform.Datasets.LoadAsync(data.Version, tooLong.Token)).RowCount);
    }
}
