using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

public sealed class SmokeTests
{
    [Fact]
    public async Task Table_WriteReadScan_Works()
    {
        using var temp = new TempDirectory();
        await using var t = new SqliteEntityTable(temp["a/m.db"], TimeProvider.System);
        string etag = await t.WriteAsync("runs", EntityWrite.Insert(new Entity("p", "/x") { ["A"] = "é", ["B"] = 3L, ["C"] = double.NaN }), default);
        Entity? e = await t.FindAsync("runs", new("p", "/x"), default);
        Assert.Equal(etag, e!.ETag);
        Assert.Equal("é", e.Text("A"));
        Assert.False(await t.TryInsertAsync("runs", new Entity("p", "/x"), default));
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => t.WriteAsync("runs", EntityWrite.Upsert(new Entity("p", $"r{i:D4}") { ["I"] = i }), default)));
        Assert.Equal(500, await t.ScanAsync("runs", "p", new EntityRange(Prefix: "r", Limit: 7), default).CountAsync());
        await t.WriteAsync("runs", EntityWrite.Merge(new Entity("p", "/x") { ["B"] = 4L }, etag), default);
        await Assert.ThrowsAsync<MlOpsException>(() => t.WriteAsync("runs", EntityWrite.Delete(new("p", "/x"), etag), default));
        await t.WriteAsync("runs", EntityWrite.Delete(new("p", "/x")), default);
    }

    [Fact]
    public async Task Blob_WriteReadList_Works()
    {
        using var temp = new TempDirectory();
        using var s = new FileBlobStore(temp["b"], TimeProvider.System);
        foreach (string p in new[] { "a", "a/b", "A", "a-b", "é/x", new string('q', 1000) })
            await s.WriteAsync("models", p, new MemoryStream(Encoding.UTF8.GetBytes(p)), new BlobWriteOptions(new Dictionary<string, string> { ["k"] = "v" }), default);
        List<BlobInfo> all = await s.ListAsync("models", "", default).ToListAsync();
        Assert.Equal(["A", "a", "a-b", "a/b", new string('q', 1000), "é/x"], all.Select(b => b.Path));
        using var r = new StreamReader(await s.OpenReadAsync("models", "a-b", new BlobRange(1, 2), default));
        Assert.Equal("-b", r.ReadToEnd());
        Assert.Empty(Directory.GetFiles(temp["b/.tmp"]));
        Assert.True(await s.DeleteAsync("models", "a", null, default));
    }
}
