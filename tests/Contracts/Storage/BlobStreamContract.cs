using MlOps.Domain.Storage;

namespace MlOps.Contracts.Storage;

/// <summary>Ranges, large streams, and streams that end badly.</summary>
public abstract class BlobStreamContract(IStoreHost<IBlobStore> host) : BlobStoreContract(host)
{
    [SkippableTheory]
    [InlineData(0, null, "0123456789")]
    [InlineData(0, 10L, "0123456789")]
    [InlineData(0, 1L, "0")]
    [InlineData(3, 4L, "3456")]
    [InlineData(7, null, "789")]
    [InlineData(7, 100L, "789")]
    [InlineData(9, 1L, "9")]
    [InlineData(10, null, "")]
    [InlineData(4, 0L, "")]
    public async Task Read_Range_IsThoseBytes(long offset, long? length, string expected)
    {
        await PutAsync("a", "0123456789");

        Assert.Equal(expected, await TextAsync("a", new BlobRange(offset, length)));
    }

    [SkippableTheory]
    [InlineData(11, null)]
    [InlineData(-1, null)]
    [InlineData(0, -1L)]
    public async Task Read_RangeOutsideTheBlob_IsInvalid(long offset, long? length)
    {
        await PutAsync("a", "0123456789");

        await Refused.AsAsync(ErrorKind.Invalid, "blob-range", () => TextAsync("a", new BlobRange(offset, length)));
    }

    [SkippableFact]
    public async Task Read_AbsentBlob_IsMissing()
    {
        MlOpsException refused = await Refused.AsAsync(ErrorKind.NotFound, "blob-missing", () => TextAsync("dir/a"));

        Assert.Contains("'dir/a'", refused.Message);
        Assert.Contains(Container, refused.Message);
    }

    [SkippableFact]
    public async Task Read_ReplacedMeanwhile_GoesOnWithTheVersionOpened()
    {
        await PutAsync("a", new string('1', 300_000));
        using Stream open = await Blobs.OpenReadAsync(Container, "a", null, None);
        byte[] first = new byte[10];
        await open.ReadExactlyAsync(first);

        await PutAsync("a", new string('2', 300_000));
        using var rest = new StreamReader(open);

        Assert.Equal(new string('1', 299_990), await rest.ReadToEndAsync());
        Assert.Equal('2', (await TextAsync("a"))[0]);
    }

    [SkippableFact]
    public async Task Read_DeletedMeanwhile_GoesOnWithTheVersionOpened()
    {
        await PutAsync("a", new string('1', 300_000));
        using Stream open = await Blobs.OpenReadAsync(Container, "a", null, None);
        await Blobs.DeleteAsync(Container, "a", null, None);

        using var reader = new StreamReader(open);
        Assert.Equal(300_000, (await reader.ReadToEndAsync()).Length);
    }

    [SkippableFact]
    public async Task Read_SeekableStream_ReadsWhereItIsPut()
    {
        await PutAsync("a", "0123456789");
        using Stream open = await Blobs.OpenReadAsync(Container, "a", new BlobRange(2, 6), None);
        Skip(open);

        Assert.Equal(6, open.Length);
        open.Seek(-2, SeekOrigin.End);
        Assert.Equal('6', open.ReadByte());
        open.Position = 0;
        Assert.Equal('2', open.ReadByte());
        Assert.Equal('3', open.ReadByte());
    }

    [SkippableFact]
    public async Task Large_Range_StartsWhereItShould()
    {
        await Blobs.WriteAsync(Container, "large", new PatternStream(3 << 20), BlobWriteOptions.Default, None);

        Assert.Equal(100_000, await CheckPatternAsync("large", new BlobRange((1 << 20) + 7, 100_000)));
    }

    [SkippableFact]
    public async Task Write_StreamFails_LeavesNothing()
    {
        var broken = new PatternStream(1 << 20, at => _ = at < 500_000 ? at : throw new IOException("cable"));

        await Assert.ThrowsAsync<IOException>(() => Blobs.WriteAsync(Container, "a", broken, BlobWriteOptions.Default, None));

        Assert.Null(await FindAsync("a"));
        Assert.Empty(await PathsAsync());
    }

    [SkippableFact]
    public async Task Write_StreamFailsOverAnOldBlob_KeepsTheOld()
    {
        BlobInfo old = await PutAsync("a", "old");
        var broken = new PatternStream(1 << 20, at => _ = at < 500_000 ? at : throw new IOException("cable"));

        await Assert.ThrowsAsync<IOException>(() => Blobs.WriteAsync(Container, "a", broken, BlobWriteOptions.Default, None));

        Assert.Equal(("old", old.ETag), (await TextAsync("a"), (await FindAsync("a"))!.ETag));
    }

    [SkippableFact]
    public async Task Write_CancelledOnTheWay_LeavesNothing()
    {
        using var cancel = new CancellationTokenSource();
        var stopped = new PatternStream(4 << 20, at =>
        {
            if (at > 1 << 20)
                cancel.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Blobs.WriteAsync(Container, "a", stopped, BlobWriteOptions.Default, cancel.Token));

        Assert.Empty(await PathsAsync());
    }

    [SkippableFact]
    public async Task Write_Unfinished_IsSeenByNobody()
    {
        await PutAsync("a", "old");
        var seen = new List<string>();
        var slow = new PatternStream(1 << 20, _ => seen.Add(TextAsync("a").GetAwaiter().GetResult()));

        await Blobs.WriteAsync(Container, "a", slow, BlobWriteOptions.Default, None);

        Assert.NotEmpty(seen);
        Assert.All(seen, text => Assert.Equal("old", text));
        Assert.Equal(1 << 20, (await FindAsync("a"))!.Size);
    }

    [SkippableFact]
    public async Task Write_ConditionBrokenOnTheWay_IsAConflict()
    {
        var slow = new PatternStream(1 << 20, at =>
        {
            if (at == 0)
                PutAsync("a", "faster").GetAwaiter().GetResult();
        });

        await Refused.AsAsync(ErrorKind.Conflict, "blob-exists", () => Blobs.WriteAsync(Container, "a", slow, BlobWriteOptions.Create, None));

        Assert.Equal("faster", await TextAsync("a"));
    }

    [SkippableFact]
    public async Task DownloadUrl_OfAStoreWithout_IsNull_OrReads()
    {
        await PutAsync("a", "content");
        Uri? url = await Blobs.DownloadUrlAsync(Container, "a", TimeSpan.FromMinutes(5), "é.bin", None);
        if (url is null)
            return;

        using var client = new HttpClient();
        using HttpResponseMessage read = await client.GetAsync(url);
        Assert.Equal("content", await read.Content.ReadAsStringAsync());
        Assert.Equal(("attachment", "é.bin"), (read.Content.Headers.ContentDisposition!.DispositionType, read.Content.Headers.ContentDisposition.FileNameStar));
        Assert.Equal("application/octet-stream", read.Content.Headers.ContentType!.MediaType);
    }

    private static void Skip(Stream stream) => Assert.True(stream.CanSeek, "the streams of every store can seek, for formats with a footer");
}
