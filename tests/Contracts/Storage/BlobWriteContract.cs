using MlOps.Domain.Storage;

namespace MlOps.Contracts.Storage;

/// <summary>Writing, replacing and deleting, with and without conditions, alone and eight at once.</summary>
public abstract class BlobWriteContract(IStoreHost<IBlobStore> host) : BlobStoreContract(host)
{
    private const int Writers = 8;

    [SkippableFact]
    public async Task Find_NoSuchContainerOrBlob_IsNull()
    {
        Assert.Null(await FindAsync("a"));
        await PutAsync("a");

        Assert.Null(await FindAsync("b"));
        Assert.Null(await FindAsync("a/b"));
    }

    [SkippableFact]
    public async Task Write_NewBlob_IsDescribedAndRead()
    {
        BlobInfo written = await PutAsync("dir/a.txt", "hello");

        BlobInfo found = (await FindAsync("dir/a.txt"))!;
        Assert.Equal(("dir/a.txt", 5L, written.ETag, written.Modified), (found.Path, found.Size, found.ETag, found.Modified));
        Assert.NotEqual(default, found.Modified);
        Assert.Equal("hello", await TextAsync("dir/a.txt"));
    }

    [SkippableFact]
    public async Task Write_Empty_IsABlobOfNoBytes()
    {
        await PutAsync("a", "");

        Assert.Equal(0, (await FindAsync("a"))!.Size);
        Assert.Equal("", await TextAsync("a"));
    }

    [SkippableFact]
    public async Task Write_Again_ReplacesContentAndMetadataTogether()
    {
        BlobInfo first = await PutAsync("a", "a long first content", new BlobWriteOptions(new Dictionary<string, string> { ["k"] = "1", ["only"] = "x" }));
        BlobInfo second = await PutAsync("a", "short", new BlobWriteOptions(new Dictionary<string, string> { ["k"] = "2" }));

        BlobInfo found = (await FindAsync("a"))!;
        Assert.Equal("short", await TextAsync("a"));
        Assert.Equal([new("k", "2")], found.Metadata);
        Assert.Equal(second.ETag, found.ETag);
        Assert.NotEqual(first.ETag, second.ETag);
    }

    [SkippableFact]
    public async Task Write_SameContentAgain_HasANewETag()
    {
        BlobInfo first = await PutAsync("a");

        Assert.NotEqual(first.ETag, (await PutAsync("a")).ETag);
    }

    [SkippableFact]
    public async Task Write_Metadata_ComesBack()
    {
        var metadata = new Dictionary<string, string> { ["sha256"] = new string('f', 64), ["a_1"] = " ~!\"'\\", ["empty"] = "" };
        await PutAsync("a", "x", new BlobWriteOptions(metadata));

        Assert.Equal(metadata.OrderBy(pair => pair.Key), (await FindAsync("a"))!.Metadata.OrderBy(pair => pair.Key));
    }

    [SkippableFact]
    public async Task Write_WithoutMetadata_HasNone()
    {
        await PutAsync("a");

        Assert.Empty((await FindAsync("a"))!.Metadata);
    }

    [SkippableTheory]
    [InlineData("Key", "v")]
    [InlineData("1k", "v")]
    [InlineData("a-b", "v")]
    [InlineData("", "v")]
    [InlineData("k", "é")]
    [InlineData("k", "a\nb")]
    public async Task Write_MetadataNotAllowed_IsInvalidAndWritesNothing(string name, string value)
    {
        await Refused.AsAsync(ErrorKind.Invalid, "blob-metadata", () => PutAsync("a", "x", new(new Dictionary<string, string> { [name] = value })));

        Assert.Null(await FindAsync("a"));
    }

    [SkippableFact]
    public async Task Write_MetadataAtTheLimitAndPast_IsTakenAndInvalid()
    {
        await PutAsync("a", "x", new(new Dictionary<string, string> { ["k"] = new('v', (8 << 10) - 1) }));

        await Refused.AsAsync(ErrorKind.Invalid, "blob-metadata", () => PutAsync("a", "x", new(new Dictionary<string, string> { ["k"] = new('v', 8 << 10) })));
    }

    [SkippableFact]
    public async Task Create_NewBlob_IsWritten()
    {
        await PutAsync("a", "x", BlobWriteOptions.Create);

        Assert.Equal("x", await TextAsync("a"));
    }

    [SkippableFact]
    public async Task Create_ExistingBlob_IsAConflictAndChangesNothing()
    {
        BlobInfo first = await PutAsync("a", "first");

        await Refused.AsAsync(ErrorKind.Conflict, "blob-exists", () => PutAsync("a", "second", BlobWriteOptions.Create));

        Assert.Equal(("first", first.ETag), (await TextAsync("a"), (await FindAsync("a"))!.ETag));
    }

    [SkippableFact]
    public async Task Create_AfterDelete_IsWritten()
    {
        await PutAsync("a", "first");
        await Blobs.DeleteAsync(Container, "a", null, None);

        await PutAsync("a", "second", BlobWriteOptions.Create);
        Assert.Equal("second", await TextAsync("a"));
    }

    [SkippableFact]
    public async Task Replace_MatchingETag_IsWritten()
    {
        BlobInfo first = await PutAsync("a", "first");
        await PutAsync("a", "second", new BlobWriteOptions(IfMatch: first.ETag));

        Assert.Equal("second", await TextAsync("a"));
    }

    [SkippableFact]
    public async Task Replace_StaleETag_IsAConflictAndChangesNothing()
    {
        BlobInfo first = await PutAsync("a", "first");
        await PutAsync("a", "second");

        MlOpsException refused = await Refused.AsAsync(
            ErrorKind.Conflict, "blob-changed", () => PutAsync("a", "third", new BlobWriteOptions(IfMatch: first.ETag)));

        Assert.Contains("'a'", refused.Message);
        Assert.Equal("second", await TextAsync("a"));
    }

    [SkippableFact]
    public async Task Replace_AbsentBlob_IsAConflictAndWritesNothing()
    {
        await Refused.AsAsync(ErrorKind.Conflict, "blob-changed", () => PutAsync("a", "x", new BlobWriteOptions(IfMatch: "0")));

        Assert.Null(await FindAsync("a"));
    }

    [SkippableFact]
    public async Task Delete_Blob_IsGone()
    {
        await PutAsync("a/b");

        Assert.True(await Blobs.DeleteAsync(Container, "a/b", null, None));
        Assert.Null(await FindAsync("a/b"));
        Assert.Empty(await PathsAsync());
        await Refused.AsAsync(ErrorKind.NotFound, "blob-missing", () => TextAsync("a/b"));
    }

    [SkippableFact]
    public async Task Delete_AbsentBlob_IsFalse()
    {
        Assert.False(await Blobs.DeleteAsync(Container, "a", null, None));
        await PutAsync("a/b");
        Assert.False(await Blobs.DeleteAsync(Container, "a", null, None));
        Assert.False(await Blobs.DeleteAsync(Container, "a", "0", None));
    }

    [SkippableFact]
    public async Task Delete_WithETag_OnlyWhenItMatches()
    {
        BlobInfo first = await PutAsync("a", "first");
        BlobInfo second = await PutAsync("a", "second");

        await Refused.AsAsync(ErrorKind.Conflict, "blob-changed", () => Blobs.DeleteAsync(Container, "a", first.ETag, None));
        Assert.Equal("second", await TextAsync("a"));
        Assert.True(await Blobs.DeleteAsync(Container, "a", second.ETag, None));
    }

    [SkippableFact]
    public async Task Writers_CreateOneBlobAtOnce_ExactlyOneWins()
    {
        for (int round = 0; round < 10; round++)
        {
            string path = $"round/{round}";
            string[] outcomes = await AtOnceAsync(writer => PutAsync(path, $"{writer}", BlobWriteOptions.Create));

            Assert.Single(outcomes, "written");
            Assert.Equal(Writers - 1, outcomes.Count(outcome => outcome == "blob-exists"));
            Assert.Equal(Array.IndexOf(outcomes, "written").ToString(), await TextAsync(path));
        }
    }

    [SkippableFact]
    public async Task Writers_BeginAFolderAtOnce_AllWrite()
    {
        for (int round = 0; round < 50; round++)
        {
            string[] outcomes = await AtOnceAsync(writer => PutAsync($"new {round}/deep/{writer}", $"{writer}"));

            Assert.All(outcomes, outcome => Assert.Equal("written", outcome));
        }
    }

    [SkippableFact]
    public async Task Writers_SameETagAtOnce_ExactlyOneWins()
    {
        for (int round = 0; round < 10; round++)
        {
            string etag = (await PutAsync("a", "start")).ETag;
            string[] outcomes = await AtOnceAsync(writer => PutAsync("a", $"{writer}", new BlobWriteOptions(IfMatch: etag)));

            Assert.Single(outcomes, "written");
            Assert.Equal(Writers - 1, outcomes.Count(outcome => outcome == "blob-changed"));
            Assert.Equal(Array.IndexOf(outcomes, "written").ToString(), await TextAsync("a"));
        }
    }

    [SkippableFact]
    public async Task Writers_DeleteOneVersionAtOnce_ExactlyOneWins()
    {
        string etag = (await PutAsync("a")).ETag;
        bool[] deleted = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() => Blobs.DeleteAsync(Container, "a", etag, None))));

        Assert.Single(deleted, true);
    }

    [SkippableFact]
    public async Task Readers_WhileReplaced_SeeOneVersionWhole()
    {
        const int size = 200_000;
        await PutAsync("a", new string('0', size), Versioned("0"));
        Task writing = Task.Run(async () =>
        {
            for (int v = 1; v <= 40; v++)
                await PutAsync("a", new string((char)('0' + (v % 10)), size + v), Versioned($"{v % 10}"));
        });

        do
        {
            string text = await TextAsync("a");
            Assert.Single(text.Distinct());
            Assert.InRange(text.Length, size, size + 40);
            Assert.Single((await FindAsync("a"))!.Metadata["v"]);
        }
        while (!writing.IsCompleted);
        await writing;
    }

    [SkippableFact]
    public async Task Blobs_AfterReopening_AreThereWithTheirETags()
    {
        BlobInfo written = await PutAsync("dir/a", "content", new BlobWriteOptions(new Dictionary<string, string> { ["k"] = "v" }));
        await ReopenAsync();

        BlobInfo found = (await FindAsync("dir/a"))!;
        Assert.Equal((written.ETag, written.Modified, "v"), (found.ETag, found.Modified, found.Metadata["k"]));
        await PutAsync("dir/a", "next", new BlobWriteOptions(IfMatch: written.ETag));
    }

    private static BlobWriteOptions Versioned(string version) => new(new Dictionary<string, string> { ["v"] = version });

    private static Task<string[]> AtOnceAsync(Func<int, Task> write) => Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
    {
        try
        {
            await write(writer);
            return "written";
        }
        catch (MlOpsException e)
        {
            return e.Code;
        }
    })));
}
