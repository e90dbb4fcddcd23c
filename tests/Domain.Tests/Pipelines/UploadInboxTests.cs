using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Pipelines;

/// <summary>Blobs that come in below a data set's inbox.</summary>
public sealed class UploadInboxTests : IAsyncLifetime
{
    private const string July = "shop/inbox/july.csv";

    private readonly TempDirectory _folder = new();
    private PipelineWorld _world = null!;
    private UploadInbox _inbox = null!;

    private IBlobStore Blobs => _world.Platform.Ports.Blobs;

    public async Task InitializeAsync()
    {
        _world = await PipelineWorld.OpenAsync(_folder.FullPath);
        await _world.Pipelines.RegisterAsync(SmallData.Pipeline + "trigger: { newData: true }\n", "p.yaml", "tester", default);
        _inbox = new UploadInbox(Blobs, _world.Datasets, _world.Pipelines, 100_000, NullLogger.Instance);
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Take_Upload_BecomesAVersionStartsItsPipelineAndGoes()
    {
        await PutAsync(July, SmallData.Csv(300));

        InboxResult result = (await _inbox.TakeAsync(July, default))!;

        Assert.Equal((InboxVerdict.Added, "shop@1", "shop/july.csv"), (result.Verdict, result.Version, result.File));
        PipelineRun run = await _world.Pipelines.ListRunsAsync("shop", default).SingleAsync();
        Assert.Equal(run.Id, Assert.Single(result.Runs));
        Assert.Equal("july.csv", (await _world.Datasets.GetAsync(new DatasetRef("shop"), default)).Lineage.Source);
        Assert.Null(await Blobs.FindAsync(DatasetCatalog.Container, July, default));
    }

    [Fact]
    public async Task Take_ToldTwice_IsTakenOnce()
    {
        await PutAsync(July, SmallData.Csv(300));
        await _inbox.TakeAsync(July, default);

        Assert.Equal(InboxVerdict.Gone, (await _inbox.TakeAsync(July, default))!.Verdict);
        Assert.Single(await _world.Datasets.ListVersionsAsync("shop", default));
    }

    [Fact]
    public async Task Take_BrokenOffBeforeTheUploadWasDeleted_FindsTheSameVersionAndRun()
    {
        await PutAsync(July, SmallData.Csv(300));
        InboxResult first = (await _inbox.TakeAsync(July, default))!;
        await PutAsync(July, SmallData.Csv(300));

        InboxResult again = (await _inbox.TakeAsync(July, default))!;

        Assert.Equal((InboxVerdict.Known, "shop@1"), (again.Verdict, again.Version));
        Assert.Equal(first.Runs, again.Runs);
        Assert.Single(await _world.Pipelines.ListRunsAsync("shop", default).ToListAsync());
    }

    [Theory]
    [InlineData("shop/inbox/notes.txt", "hello", "the ending '.txt' is not one of .csv")]
    [InlineData("shop/inbox/empty.csv", "", "it is empty")]
    [InlineData("shop/inbox/odd.csv", "a,b\n1,2\n3\n", "row")]
    [InlineData("Shop Data/inbox/a.csv", "a,b\n1,2\n", "dataset-name")]
    [InlineData("sha256/inbox/a.csv", "a,b\n1,2\n", "dataset-name")]
    [InlineData("incoming/inbox/a.csv", "a,b\n1,2\n", "dataset-name")]
    [InlineData("shop/inbox/sub/odd.csv", "a,b\n", "no rows")]
    public async Task Take_UploadThatCanNeverBeAVersion_StaysAndTheReasonStandsInRejected(string path, string text, string reason)
    {
        await PutAsync(path, text);

        InboxResult result = (await _inbox.TakeAsync(path, default))!;

        Assert.Equal(InboxVerdict.Rejected, result.Verdict);
        Assert.Contains(reason, result.Reason);
        Assert.Equal(result.Reason + "\n", await ReadAsync(path.Replace("/inbox/", "/rejected/") + ".error.txt"));
        Assert.Equal(text, await ReadAsync(path));
        Assert.Empty(await _world.Datasets.ListAsync(default));
    }

    [Fact]
    public async Task Take_LargerThanAllowed_IsRejectedUnread()
    {
        await PutAsync(July, new string('x', 100_001));

        Assert.Contains("100,001 bytes, at most 100,000", (await _inbox.TakeAsync(July, default))!.Reason);
    }

    [Theory]
    [InlineData("sha256/ab/abcd")]
    [InlineData("shop/rejected/july.csv.error.txt")]
    [InlineData("shop/inbox/")]
    [InlineData("july.csv")]
    public async Task Take_AnotherPath_IsNoUpload(string path) => Assert.Null(await _inbox.TakeAsync(path, default));

    private async Task PutAsync(string path, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await Blobs.WriteAsync(DatasetCatalog.Container, path, content, BlobWriteOptions.Default, default);
    }

    private async Task<string> ReadAsync(string path)
    {
        using var reader = new StreamReader(await Blobs.OpenReadAsync(DatasetCatalog.Container, path, null, default));
        return await reader.ReadToEndAsync();
    }
}
