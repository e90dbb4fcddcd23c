using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;
using MlOps.Server;

namespace MlOps.EndToEnd;

/// <summary>What a crash in the middle of an addition left is gone some days later.</summary>
public sealed class GarbageTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Server_AfterItsStart_DeletesOldUploadsThatWereBrokenOffAndKeepsYoungOnes()
    {
        var data = new DataDirectory(_folder["data"]);
        await LeaveAsync(data, "incoming/shop/old", TimeSpan.FromDays(3));
        await LeaveAsync(data, "incoming/shop/young", TimeSpan.FromDays(1));

        await using MlOpsServer server = await MlOpsServer.StartAsync(new ServerOptions { Data = data, FirstCollection = TimeSpan.Zero }, default);
        using var blobs = new FileBlobStore(data.Blobs, TimeProvider.System);

        await Eventually.TrueAsync(async () => await blobs.FindAsync("datasets", "incoming/shop/old", default) is null, "the old upload is gone");
        Assert.NotNull(await blobs.FindAsync("datasets", "incoming/shop/young", default));
    }

    private static async Task LeaveAsync(DataDirectory data, string path, TimeSpan age)
    {
        using var blobs = new FileBlobStore(data.Blobs, new ManualTimeProvider(DateTimeOffset.UtcNow - age));
        await blobs.WriteAsync("datasets", path, new MemoryStream([1]), BlobWriteOptions.Create, default);
    }
}
