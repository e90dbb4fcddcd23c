using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Contracts.Storage;

/// <summary>The ground of the suites that every <see cref="IBlobStore"/> passes; each test has a container of its own.</summary>
public abstract class BlobStoreContract(IStoreHost<IBlobStore> host) : IAsyncLifetime
{
    protected static readonly CancellationToken None = CancellationToken.None;

    protected string Container { get; } = "c" + Guid.NewGuid().ToString("N");

    protected IBlobStore Blobs { get; private set; } = null!;

    public Task InitializeAsync() => ReopenAsync();

    public Task DisposeAsync() => host.DisposeAsync().AsTask();

    protected async Task ReopenAsync() => Blobs = await host.OpenAsync();

    protected Task<BlobInfo> PutAsync(string path, string content = "x", BlobWriteOptions? options = null) =>
        Blobs.WriteAsync(Container, path, new MemoryStream(Encoding.UTF8.GetBytes(content)), options ?? BlobWriteOptions.Default, None);

    protected async Task<string> TextAsync(string path, BlobRange? range = null)
    {
        using var reader = new StreamReader(await Blobs.OpenReadAsync(Container, path, range, None), new UTF8Encoding(false, true), false);
        return await reader.ReadToEndAsync();
    }

    protected Task<BlobInfo?> FindAsync(string path) => Blobs.FindAsync(Container, path, None);

    protected async Task<List<string>> PathsAsync(string prefix = "") =>
        await Blobs.ListAsync(Container, prefix, None).Select(blob => blob.Path).ToListAsync();

    /// <summary>Checks every byte against <see cref="PatternStream"/>; the number of bytes read.</summary>
    protected async Task<long> CheckPatternAsync(string path, BlobRange? range)
    {
        using Stream stream = await Blobs.OpenReadAsync(Container, path, range, None);
        byte[] buffer = new byte[64 << 10];
        long position = range?.Offset ?? 0;
        long start = position;
        while (await stream.ReadAsync(buffer) is > 0 and int read)
        {
            for (int i = 0; i < read; i++, position++)
            {
                if (buffer[i] != PatternStream.ByteAt(position))
                    Assert.Fail($"byte {position} differs");
            }
        }

        return position - start;
    }
}
