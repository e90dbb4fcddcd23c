using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

/// <summary>What only a store on files can get wrong: links, leftovers, damaged files.</summary>
public sealed class FileBlobStoreSafetyTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FileBlobStore _store;

    public FileBlobStoreSafetyTests() => _store = new FileBlobStore(_temp["root"], TimeProvider.System);

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Write_NewNameThatIsNotMadeDurable_LeavesNothingAndMayBeTriedAgain(int failing)
    {
        int flushes = 0;
        using var store = new FileBlobStore(_temp["flush"], TimeProvider.System, _ => { if (++flushes == failing) throw new IOException("flush"); });

        await Assert.ThrowsAsync<IOException>(() => WriteAsync(store, "dir/a", "first", BlobWriteOptions.Create));
        Assert.Null(await store.FindAsync("models", "dir/a", default));
        await WriteAsync(store, "dir/a", "again", BlobWriteOptions.Create);

        Assert.Equal("again", await ReadAsync(store, "dir/a"));
        // Folders and file, each flushed into the folder above it, and what failed once more.
        Assert.Equal(4, flushes);
    }

    [Fact]
    public async Task Write_ReplacementThatIsNotMadeDurable_LeavesTheEarlierBlobWithItsETag()
    {
        bool fails = false;
        using var store = new FileBlobStore(_temp["flush"], TimeProvider.System, _ => { if (fails) throw new IOException("flush"); });
        BlobInfo first = await WriteAsync(store, "a", "first", BlobWriteOptions.Create);

        fails = true;
        await Assert.ThrowsAsync<IOException>(() => WriteAsync(store, "a", "lost", new BlobWriteOptions(IfMatch: first.ETag)));
        Assert.Equal("first", await ReadAsync(store, "a"));
        fails = false;
        await WriteAsync(store, "a", "second", new BlobWriteOptions(IfMatch: first.ETag));

        Assert.Equal("second", await ReadAsync(store, "a"));
        Assert.Empty(Directory.GetFiles(_temp["flush/.tmp"]));
    }

    /// <summary>A listing of one run's files must not take longer the more runs there are.</summary>
    [Fact]
    public async Task List_OfAFolder_LooksAtNothingBesideIt()
    {
        await PutAsync("r1/a/x");
        await PutAsync("r1/b");
        for (int i = 0; i < 2_000; i++)
            Directory.CreateDirectory(_temp[$"root/models/other {i}+"]);
        Assert.Equal(["r1/a/x", "r1/b"], await _store.ListAsync("models", "r1/", default).Select(b => b.Path).ToListAsync());

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(2, await _store.ListAsync("models", "r1/", default).CountAsync());

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    private static Task<BlobInfo> WriteAsync(FileBlobStore store, string path, string content, BlobWriteOptions options) =>
        store.WriteAsync("models", path, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)), options, default);

    private static async Task<string> ReadAsync(FileBlobStore store, string path)
    {
        using var reader = new StreamReader(await store.OpenReadAsync("models", path, null, default));
        return await reader.ReadToEndAsync();
    }

    [Fact]
    public async Task Link_InPlaceOfAFolder_IsRefusedInEveryCall()
    {
        Directory.CreateDirectory(_temp["outside"]);
        await PutAsync("dir/a");
        Directory.Delete(_temp["root/models/dir+"], recursive: true);
        Directory.CreateSymbolicLink(_temp["root/models/dir+"], _temp["outside"]);

        await RefusedInEveryCallAsync("dir/a");

        Assert.Empty(Directory.GetFileSystemEntries(_temp["outside"]));
        Assert.Empty(await _store.ListAsync("models", "", default).ToListAsync());
        await Refused.AsAsync(ErrorKind.Refused, "blob-path", async () => await _store.ListAsync("models", "dir/", default).ToListAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Link_InPlaceOfABlob_IsRefusedInEveryCall(bool dangling)
    {
        if (!dangling)
            await File.WriteAllTextAsync(_temp["secret"], "secret");
        Directory.CreateDirectory(_temp["root/models"]);
        File.CreateSymbolicLink(_temp["root/models/a"], _temp["secret"]);

        await RefusedInEveryCallAsync("a");

        Assert.Equal(!dangling, File.Exists(_temp["secret"]));
    }

    /// <summary>As when writers begin a folder at once: one looks while another makes it.</summary>
    [Fact]
    public async Task Find_WhileItsFolderComesAndGoes_IsNeverALink()
    {
        string folder = _temp["root/models/new+"];
        using var store = new FileBlobStore(_temp["root"], TimeProvider.System);
        Task coming = Task.Run(() =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                Directory.CreateDirectory(folder);
                Directory.Delete(folder);
            }
        });

        while (!coming.IsCompleted)
            Assert.Null(await store.FindAsync("models", "new/a", default));
        await coming;
    }

    [Fact]
    public async Task Link_InPlaceOfAContainer_IsRefusedInEveryCall()
    {
        Directory.CreateDirectory(_temp["outside"]);
        Directory.CreateSymbolicLink(_temp["root/models"], _temp["outside"]);

        await RefusedInEveryCallAsync("a");
        await Refused.AsAsync(ErrorKind.Refused, "blob-path", async () => await _store.ListAsync("models", "", default).ToListAsync());
        Assert.Empty(Directory.GetFileSystemEntries(_temp["outside"]));
    }

    [Fact]
    public async Task Write_AnyOutcome_LeavesNoTemporaryFile()
    {
        await PutAsync("a");
        await Refused.AsAsync(ErrorKind.Conflict, "blob-exists", () => _store.WriteAsync("models", "a", Stream.Null, BlobWriteOptions.Create, default));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _store.WriteAsync("models", "b", new MemoryStream([1]), BlobWriteOptions.Default, new CancellationToken(true)));

        Assert.Empty(Directory.GetFiles(_temp["root/.tmp"]));
    }

    [Fact]
    public void Open_LeftoversOfAKilledProcess_AreRemoved()
    {
        File.WriteAllText(_temp["root/.tmp/left"], "half");

        using var reopened = new FileBlobStore(_temp["root"], TimeProvider.System);

        Assert.Empty(Directory.GetFiles(_temp["root/.tmp"]));
    }

    [Fact]
    public async Task Open_WhileAnotherStoreWrites_SparesItsFile()
    {
        var slow = new Contracts.Storage.PatternStream(1 << 20, at =>
        {
            if (at == 0)
                new FileBlobStore(_temp["root"], TimeProvider.System).Dispose();
        });

        BlobInfo written = await _store.WriteAsync("models", "a", slow, BlobWriteOptions.Default, default);

        Assert.Equal(1 << 20, written.Size);
        Assert.NotNull(await _store.FindAsync("models", "a", default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    public async Task Read_FileThatWasCut_IsCorruptAndNeverShort(int kept)
    {
        await PutAsync("a");
        using (FileStream file = File.OpenWrite(_temp["root/models/a"]))
            file.SetLength(kept);

        await Refused.AsAsync(ErrorKind.Unavailable, "blob-corrupt", () => _store.FindAsync("models", "a", default));
        await Refused.AsAsync(ErrorKind.Unavailable, "blob-corrupt", () => _store.OpenReadAsync("models", "a", null, default));
    }

    [Fact]
    public async Task Read_EveryFlippedBitOfTheTrailer_IsCorrupt()
    {
        await PutAsync("a");
        byte[] good = await File.ReadAllBytesAsync(_temp["root/models/a"]);
        for (int i = "content".Length; i < good.Length; i++)
        {
            byte[] bad = [.. good];
            bad[i] ^= 0x10;
            await File.WriteAllBytesAsync(_temp["root/models/a"], bad);
            await Refused.AsAsync(ErrorKind.Unavailable, "blob-corrupt", () => _store.FindAsync("models", "a", default));
        }
    }

    [Fact]
    public async Task File_OfABlob_BeginsWithItsContent()
    {
        await PutAsync("dir/Report.json");

        Assert.StartsWith("content", await File.ReadAllTextAsync(_temp["root/models/dir+/^report.json"]));
    }

    [Fact]
    public async Task List_FilesOfOthers_AreLeftOut()
    {
        await PutAsync("a");
        await File.WriteAllTextAsync(_temp["root/models/READ ME"], "not ours");
        Directory.CreateDirectory(_temp["root/models/lost+found"]);

        Assert.Equal(["a"], await _store.ListAsync("models", "", default).Select(blob => blob.Path).ToListAsync());
    }

    private Task PutAsync(string path) => _store.WriteAsync(
        "models", path, new MemoryStream("content"u8.ToArray()), new(new Dictionary<string, string> { ["k"] = "v" }), default);

    private async Task RefusedInEveryCallAsync(string path)
    {
        Func<Task>[] calls =
        [
            () => _store.FindAsync("models", path, default),
            () => _store.OpenReadAsync("models", path, null, default),
            () => _store.WriteAsync("models", path, Stream.Null, BlobWriteOptions.Default, default),
            () => _store.DeleteAsync("models", path, null, default),
        ];
        foreach (Func<Task> call in calls)
            await Refused.AsAsync(ErrorKind.Refused, "blob-path", call);
    }
}
