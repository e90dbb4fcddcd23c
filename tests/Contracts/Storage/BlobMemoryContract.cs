using MlOps.Domain.Storage;

namespace MlOps.Contracts.Storage;

/// <summary>Counts what the whole process allocates: put the adapter's class into a collection that runs alone.</summary>
public abstract class BlobMemoryContract(IStoreHost<IBlobStore> host) : BlobStoreContract(host)
{
    private const long Large = 64L << 20;

    [SkippableFact]
    public async Task Large_Stream_IsWrittenAndReadWithBoundedMemory()
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        BlobInfo written = await Blobs.WriteAsync(Container, "large", new PatternStream(Large), BlobWriteOptions.Default, None);

        Assert.Equal(Large, written.Size);
        Assert.Equal(Large, await CheckPatternAsync("large", null));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Large / 4);
    }
}
