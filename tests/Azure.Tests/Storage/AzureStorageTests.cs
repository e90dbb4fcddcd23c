using FsCheck;
using FsCheck.Fluent;
using MlOps.Azure.Storage;
using MlOps.Contracts;
using MlOps.Contracts.Storage;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Tests.Storage;

/// <summary>What only these adapters can get wrong: numbers in JSON, blocks, ranges, an account that is away.</summary>
[Collection(WithAzurite.Name)]
public sealed class AzureStorageTests(Azurite azurite)
{
    private static readonly AzureStorageOptions Small = new() { BlockBytes = 64 << 10, Retries = 0 };

    private readonly string _container = "c" + Guid.NewGuid().ToString("N");

    [SkippableFact]
    public void Value_AnyDouble_ComesBackBitForBit()
    {
        var tables = new AzureEntityTable(azurite.Connection.Tables(Small));
        Gen<double> any = Gen.OneOf(
            ArbMap.Default.GeneratorFor<long>().Select(BitConverter.Int64BitsToDouble), ArbMap.Default.GeneratorFor<double>(),
            ArbMap.Default.GeneratorFor<int>().Select(whole => (double)whole), Gen.Elements(2147483647.0, 2147483648.0, -2147483648.0, 1e15, 1e16, 1e21, 9007199254740993.0));
        Prop.ForAll(any.ArrayOf(100).ToArbitrary(), numbers =>
        {
            var row = new Entity("p", Guid.NewGuid().ToString("N"));
            for (int i = 0; i < numbers.Length; i++)
                row[$"V{i:D3}"] = numbers[i];
            tables.WriteAsync("doubles", EntityWrite.Insert(row), default).GetAwaiter().GetResult();
            Entity read = tables.FindAsync("doubles", row.Key, default).GetAwaiter().GetResult()!;
            Assert.Equal(
                numbers.Select(BitConverter.DoubleToInt64Bits),
                read.Properties.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => BitConverter.DoubleToInt64Bits((double)pair.Value)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));
    }

    [SkippableFact]
    public async Task Property_OfTheStore_IsAProgrammersMistake() => await Assert.ThrowsAsync<ArgumentException>(
        () => new AzureEntityTable(azurite.Connection.Tables(Small)).WriteAsync("tables", EntityWrite.Insert(new Entity("p", "r") { [TableRow.Mark] = 1 }), default));

    [SkippableTheory]
    [InlineData(1)]
    [InlineData((64 << 10) - 1)]
    [InlineData(64 << 10)]
    [InlineData((64 << 10) + 1)]
    [InlineData(3 * (64 << 10))]
    [InlineData(1_000_003)]
    public async Task Blob_AnyNumberOfBlocks_ComesBack(int bytes)
    {
        AzureBlobStore blobs = Blobs();
        BlobInfo written = await blobs.WriteAsync(_container, "a", new PatternStream(bytes), BlobWriteOptions.Create, default);

        Assert.Equal(bytes, written.Size);
        using Stream whole = await blobs.OpenReadAsync(_container, "a", null, default);
        for (int at = 0; at < bytes; at++)
        {
            // Byte by byte, without a task: a stream's other way to read.
            int read = whole.ReadByte();
            if (read != PatternStream.ByteAt(at))
                Assert.Fail($"byte {at} is {read}");
        }

        Assert.Equal(-1, whole.ReadByte());
    }

    [SkippableFact]
    public async Task Blob_LongAndReplacedWhileRead_EndsInAConflictAndNoMixture()
    {
        AzureBlobStore blobs = Blobs();
        await blobs.WriteAsync(_container, "a", new PatternStream(300_000), BlobWriteOptions.Default, default);
        using Stream open = await blobs.OpenReadAsync(_container, "a", null, default);
        await blobs.WriteAsync(_container, "a", new MemoryStream(new byte[300_000]), BlobWriteOptions.Default, default);

        await Refused.AsAsync(ErrorKind.Conflict, "blob-changed", () => open.CopyToAsync(Stream.Null));
    }

    [SkippableFact]
    public async Task Blob_OvertakenBetweenItsBlocks_IsWholeOrAConflict()
    {
        AzureBlobStore blobs = Blobs();
        var slow = new PatternStream(300_000, at =>
        {
            if (at is > 100_000 and < 200_000)
                blobs.WriteAsync(_container, "a", new MemoryStream(new byte[10]), BlobWriteOptions.Default, default).GetAwaiter().GetResult();
        });

        MlOpsException? refused = await Record.ExceptionAsync(() => blobs.WriteAsync(_container, "a", slow, BlobWriteOptions.Default, default)) as MlOpsException;

        Assert.Equal(refused is null ? 300_000 : 10, (await blobs.FindAsync(_container, "a", default))!.Size);
        Assert.Equal(refused is null ? null : "blob-changed", refused?.Code);
    }

    [SkippableFact]
    public async Task Account_NotThere_IsUnavailable()
    {
        _ = azurite.Connection;
        var nobody = new AzureConnection(azurite.ConnectionString.Replace("127.0.0.1", "127.0.0.1:1/", StringComparison.Ordinal));
        var tables = new AzureEntityTable(nobody.Tables(Small));

        await Refused.AsAsync(ErrorKind.Unavailable, "storage-unavailable", () => tables.FindAsync("tables", new("p", "r"), default));
    }

    [SkippableFact]
    public async Task Account_WrongKey_SaysWhatToLookFor()
    {
        _ = azurite.Connection;
        var stranger = new AzureConnection(azurite.ConnectionString.Replace("AccountKey=Eby8", "AccountKey=Fby8", StringComparison.Ordinal));
        var blobs = new AzureBlobStore(stranger.Blobs(Small), Small, TimeProvider.System);

        MlOpsException refused = await Refused.AsAsync(ErrorKind.Unavailable, "storage-unavailable", () => blobs.FindAsync(_container, "a", default));

        Assert.Contains("role", refused.Message);
        Assert.DoesNotContain("Fby8", refused.ToString());
    }

    private AzureBlobStore Blobs() => new(azurite.Connection.Blobs(Small), Small, TimeProvider.System);
}
