using Azure.Core;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using MlOps.Azure.Storage;
using MlOps.Contracts;
using MlOps.Contracts.Storage;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Tests.Storage;

/// <summary>A write that was applied, whose answer was lost, and that the SDK sends again.</summary>
[Collection(WithAzurite.Name)]
public sealed class LostAnswerTests(Azurite azurite)
{
    private static readonly AzureStorageOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(1), BlockBytes = 64 << 10 };

    private readonly string _table = "t" + Guid.NewGuid().ToString("N");
    private readonly string _container = "c" + Guid.NewGuid().ToString("N");

    [SkippableFact]
    public async Task Insert_AnswerLost_IsWritten()
    {
        (IEntityTable tables, LosingTransport lossy) = await TablesAsync();

        string etag = await tables.WriteAsync(_table, EntityWrite.Insert(Row("a", 1)), default);

        Assert.True(lossy.HasLost);
        await tables.WriteAsync(_table, EntityWrite.Replace(Row("a", 2), etag), default);
    }

    [SkippableFact]
    public async Task Replace_AnswerLost_IsWritten()
    {
        string first = await Plain().WriteAsync(_table, EntityWrite.Insert(Row("a", 1)), default);
        (IEntityTable tables, _) = await TablesAsync();

        string second = await tables.WriteAsync(_table, EntityWrite.Replace(Row("a", 2), first), default);

        Assert.Equal((2L, second), ((await tables.FindAsync(_table, new("p", "a"), default))!.Int("V"), (await tables.FindAsync(_table, new("p", "a"), default))!.ETag));
    }

    [SkippableFact]
    public async Task Batch_AnswerLost_HasTheETagOfEveryRow()
    {
        string old = await Plain().WriteAsync(_table, EntityWrite.Insert(Row("gone", 0)), default);
        (IEntityTable tables, _) = await TablesAsync();

        IReadOnlyList<string> etags = await tables.WriteAsync(
            _table, [EntityWrite.Delete(new("p", "gone"), old), EntityWrite.Insert(Row("a", 1)), EntityWrite.Upsert(Row("b", 1))], default);

        List<Entity> rows = await tables.ScanAsync(_table, "p", EntityRange.All, default).ToListAsync();
        Assert.Equal(["", rows[0].ETag!, rows[1].ETag!], etags);
    }

    [SkippableFact]
    public async Task Insert_RequestLostAndSomebodyElseFirst_IsAConflict()
    {
        await Plain().WriteAsync(_table, EntityWrite.Insert(Row("a", 1)), default);
        (IEntityTable tables, LosingTransport lossy) = await TablesAsync(answer: false);

        await Refused.AsAsync(ErrorKind.Conflict, "entity-exists", () => tables.WriteAsync(_table, EntityWrite.Insert(Row("a", 1)), default));

        Assert.True(lossy.HasLost);
    }

    [SkippableFact]
    public async Task Delete_AnswerLost_CannotBeToldFromAnAbsentRow()
    {
        await Plain().WriteAsync(_table, EntityWrite.Insert(Row("a", 1)), default);
        (IEntityTable tables, _) = await TablesAsync();

        await Refused.AsAsync(ErrorKind.NotFound, "entity-missing", () => tables.WriteAsync(_table, EntityWrite.Delete(new("p", "a")), default));
    }

    [SkippableTheory]
    [InlineData(100, "blob")]
    [InlineData(300_000, "comp=blocklist")]
    public async Task Create_AnswerLost_IsWritten(int bytes, string request)
    {
        await Blobs(new BlobClientOptions()).WriteAsync(_container, "other", Stream.Null, BlobWriteOptions.Default, default);
        var lossy = new LosingTransport(RequestMethod.Put, request);
        IBlobStore blobs = Blobs(new BlobClientOptions { Transport = lossy });

        BlobInfo written = await blobs.WriteAsync(_container, "blob", new PatternStream(bytes), BlobWriteOptions.Create, default);

        Assert.True(lossy.HasLost);
        BlobInfo found = (await blobs.FindAsync(_container, "blob", default))!;
        Assert.Equal((written.ETag, bytes), (found.ETag, found.Size));
        Assert.Empty(found.Metadata);
    }

    [SkippableFact]
    public async Task Create_RequestLostAndSomebodyElseFirst_IsAConflict()
    {
        await Blobs(new BlobClientOptions()).WriteAsync(_container, "blob", Stream.Null, BlobWriteOptions.Default, default);
        IBlobStore blobs = Blobs(new BlobClientOptions { Transport = new LosingTransport(RequestMethod.Put, "blob", answer: false) });

        await Refused.AsAsync(ErrorKind.Conflict, "blob-exists", () => blobs.WriteAsync(_container, "blob", Stream.Null, BlobWriteOptions.Create, default));
    }

    private static Entity Row(string row, int value) => new("p", row) { ["V"] = value };

    private AzureEntityTable Plain() => new(azurite.Connection.Tables(Quick));

    private AzureBlobStore Blobs(BlobClientOptions options) =>
        new(azurite.Connection.Blobs(AzureConnection.Configured(options, Quick)), Quick, TimeProvider.System);

    private async Task<(IEntityTable, LosingTransport)> TablesAsync(bool answer = true)
    {
        // The table is there already, so that the first transaction is the one that counts.
        await Plain().WriteAsync(_table, EntityWrite.Upsert(new Entity("other", "row")), default);
        var lossy = new LosingTransport(RequestMethod.Post, "$batch", answer);
        return (new AzureEntityTable(azurite.Connection.Tables(AzureConnection.Configured(new TableClientOptions { Transport = lossy }, Quick))), lossy);
    }
}
