using System.Text;
using MlOps.Azure.Tests.Storage;
using MlOps.CloudCli;
using MlOps.Contracts;
using MlOps.CrashHost;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines;
using MlOps.Learning.Trainers;
using MlOps.MlNet;
using MlOps.Server;

namespace MlOps.Azure.Tests.Hosting;

/// <summary>What <c>serve --storage</c> does: the one-process host, its state in an account.</summary>
[Collection(WithAzurite.Name)]
public sealed class ServeStorageTests(Azurite azurite) : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Serve_OverAnAccount_KeepsEverythingThereAndNothingInTheFolder()
    {
        using var tooLong = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        int? promoted;
        await using (MlOpsServer server = await MlOpsServer.StartAsync(Options("first"), tooLong.Token))
        {
            using var csv = new MemoryStream(Encoding.UTF8.GetBytes(PipelineLoad.Csv()));
            await server.Platform.Datasets.AddAsync("shop", csv, new DatasetAddOptions { Source = "shop.csv" }, tooLong.Token);
            string yaml = PipelineLoad.Yaml.Replace("{ use: gbdt, parameters: { trees: 3, depth: 2 } }", "{ use: mlnet.lbfgs }", StringComparison.Ordinal);
            await server.Platform.Pipelines.RegisterAsync(yaml, "shop.yaml", "test", tooLong.Token);
            PipelineRun run = await server.Platform.Pipelines.RunAsync(PipelineLoad.Model, PipelineLoad.Trigger, tooLong.Token);
            run = await server.Platform.Pipelines.WaitAsync(run.Id, tooLong.Token);
            Assert.Equal(PipelineEnd.Promoted, run.Result?.End);
            promoted = run.Result!.Version;

            MlOpsException busy = await Assert.ThrowsAsync<MlOpsException>(() => MlOpsServer.StartAsync(Options("second"), tooLong.Token));
            Assert.Equal("storage-busy", busy.Code);
        }

        await using MlOpsServer again = await MlOpsServer.StartAsync(Options("third"), tooLong.Token);
        Assert.Equal(promoted, (await again.Platform.Registry.GetModelAsync(PipelineLoad.Model, tooLong.Token)).Aliases["champion"]);
        Assert.False(File.Exists(Options("first").Data.Database));
        Assert.False(Directory.Exists(Options("first").Data.Blobs));
    }

    [Theory]
    [InlineData("My Account")]
    [InlineData("ab")]
    [InlineData("https://x.blob.core.windows.net")]
    public async Task OpenAsync_NoAccount_SaysWhatToWrite(string storage)
    {
        MlOpsException refused = await Assert.ThrowsAsync<MlOpsException>(() => AccountStores.OpenAsync(storage, TimeProvider.System, default));
        Assert.Equal((ErrorKind.Invalid, "azure-connection"), (refused.Kind, refused.Code));
        Assert.Contains("write 'azurite'", refused.Message, StringComparison.Ordinal);
    }

    private ServerOptions Options(string folder) => new()
    {
        Data = new DataDirectory(_folder[folder]),
        Trainers = MlNetTrainers.AddTo(TrainerCatalog.Default),
        OpenStores = token => AccountStores.OpenAsync(azurite.ConnectionString, TimeProvider.System, token),
    };
}
