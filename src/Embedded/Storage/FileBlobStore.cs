using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>
/// Blobs as files under one root: written under a temporary name, flushed, renamed, and the directory flushed. One process owns the
/// root; conditions on ETags hold between its callers. See <see cref="BlobPath"/> for names and <see cref="BlobTrailer"/> for the file.
/// </summary>
public sealed class FileBlobStore : IBlobStore, IDisposable
{
    private const int BufferBytes = 128 << 10;

    private readonly BlobFiles _files;
    private readonly TempFiles _temp;
    private readonly PathLocks _locks = new();
    private readonly TimeProvider _clock;
    private readonly Action<string> _flush;

    public FileBlobStore(string root, TimeProvider clock)
        : this(root, clock, DirectorySync.Flush)
    {
    }

    /// <param name="flush">Makes the names in a directory durable.</param>
    internal FileBlobStore(string root, TimeProvider clock, Action<string> flush)
    {
        (_clock, _flush) = (clock, flush);
        _files = new BlobFiles(root);
        Directory.CreateDirectory(_files.Root);
        _temp = new TempFiles(_files.Root);
        _temp.Clean();
    }

    public Task<BlobInfo?> FindAsync(string container, string path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Trailer(Checked(container, path), path)?.Describe(path));
    }

    public Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SafeFileHandle file = _files.Open(Checked(container, path))
            ?? throw MlOpsException.NotFound("blob-missing", $"there is no blob '{path}' in '{container}'");
        try
        {
            long length = BlobTrailer.Read(file, path).ContentLength;
            BlobRange wanted = range ?? new BlobRange(0);
            if (wanted.Offset < 0 || wanted.Length < 0 || wanted.Offset > length)
                throw MlOpsException.Invalid("blob-range", $"blob '{path}' has {length:N0} bytes, asked from {wanted.Offset:N0} for {wanted.Length?.ToString("N0", null) ?? "all"}");
            return Task.FromResult<Stream>(new BlobStream(file, wanted.Offset, Math.Min(wanted.Length ?? long.MaxValue, length - wanted.Offset)));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public async Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken)
    {
        string file = Checked(container, path);
        BlobChecks.Metadata(options.Metadata);
        RefuseIfUnmet(file, path, options);
        (string temp, SafeFileHandle handle) = _temp.Create();
        try
        {
            using (handle)
            {
                long length = await CopyAsync(content, handle, cancellationToken);
                BlobTrailer trailer = NewTrailer(length, options);
                await RandomAccess.WriteAsync(handle, trailer.ToBytes(), length, cancellationToken);
                RandomAccess.FlushToDisk(handle);
                await PublishAsync(temp, file, path, options, cancellationToken);
                return trailer.Describe(path);
            }
        }
        finally
        {
            File.Delete(temp);
        }
    }

    public IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, CancellationToken cancellationToken) => ListAsync(container, prefix, "", cancellationToken);

    public async IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, string after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobChecks.Container(container);
        BlobChecks.Prefix(prefix);
        // From the folder that the prefix names: what lies beside it may be much.
        string parent = prefix[..(prefix.LastIndexOf('/') + 1)];
        string folder = _files.Folder(container, parent);
        _files.RefuseLinks(folder);
        foreach ((string file, string path) in BlobListing.Files(folder, parent, prefix, after))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Seen(file, path) is { } trailer)
                yield return trailer.Describe(path);
        }

        await Task.CompletedTask;
    }

    public async Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken)
    {
        string file = Checked(container, path);
        using IDisposable held = await _locks.EnterAsync(file, cancellationToken);
        if (Trailer(file, path) is not { } stored)
            return false;
        if (ifMatch is not null && ifMatch != stored.ETagText)
            throw Changed(path, stored.ETagText, ifMatch);
        File.Delete(file);
        _flush(Path.GetDirectoryName(file)!);
        return true;
    }

    public Task<Uri?> DownloadUrlAsync(string container, string path, TimeSpan lifetime, string fileName, CancellationToken cancellationToken)
    {
        Checked(container, path);
        return Task.FromResult<Uri?>(null);
    }

    public void Dispose() => _locks.Dispose();

    private string Checked(string container, string path)
    {
        BlobChecks.Container(container);
        BlobChecks.Path(path);
        return _files.File(container, path);
    }

    private BlobTrailer? Trailer(string file, string path)
    {
        using SafeFileHandle? handle = _files.Open(file);
        return handle is null ? null : BlobTrailer.Read(handle, path);
    }

    private static BlobTrailer? Seen(string file, string path)
    {
        using SafeFileHandle? handle = BlobFiles.OpenSeen(file);
        return handle is null ? null : BlobTrailer.Read(handle, path);
    }

    private BlobTrailer NewTrailer(long length, BlobWriteOptions options)
    {
        var etag = new UInt128(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
        return new(length, _clock.GetUtcNow(), etag, options.Metadata ?? new Dictionary<string, string>());
    }

    /// <summary>Gives the finished file its name, if the conditions still hold.</summary>
    private async Task PublishAsync(string temp, string file, string path, BlobWriteOptions options, CancellationToken cancellationToken)
    {
        string directory = Path.GetDirectoryName(file)!;
        using IDisposable held = await _locks.EnterAsync(file, cancellationToken);
        RefuseIfUnmet(file, path, options);
        DirectorySync.Create(_files.Root, directory, _flush);
        Replace(temp, file, directory);
    }

    /// <summary>
    /// A name that cannot be made durable is taken back: else a second attempt would find a blob there, take it for safe, and a
    /// power cut could still remove it.
    /// </summary>
    private void Replace(string temp, string file, string directory)
    {
        string? earlier = File.Exists(file) ? temp + TempFiles.Earlier : null;
        if (earlier is null)
            File.Move(temp, file);
        else
            File.Replace(temp, file, earlier);
        try
        {
            _flush(directory);
        }
        catch (IOException)
        {
            if (earlier is null)
                File.Delete(file);
            else
                File.Move(earlier, file, overwrite: true);
            throw;
        }

        if (earlier is not null)
            File.Delete(earlier);
    }

    private void RefuseIfUnmet(string file, string path, BlobWriteOptions options)
    {
        _files.RefuseLinks(file);
        if (!options.CreateOnly && options.IfMatch is null)
            return;
        string? stored = Trailer(file, path)?.ETagText;
        if (options.CreateOnly && stored is not null)
            throw MlOpsException.Conflict("blob-exists", $"there is a blob '{path}' already");
        if (options.IfMatch is not null && options.IfMatch != stored)
            throw Changed(path, stored ?? "none (there is no such blob)", options.IfMatch);
    }

    private static async Task<long> CopyAsync(Stream content, SafeFileHandle to, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long length = 0;
            while (await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken) is > 0 and int read)
            {
                await RandomAccess.WriteAsync(to, buffer.AsMemory(0, read), length, cancellationToken);
                length += read;
            }

            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static MlOpsException Changed(string path, string stored, string expected) => MlOpsException.Conflict(
        "blob-changed", $"blob '{path}' has the ETag {stored}, expected {expected}: someone changed it meanwhile; read it again and retry");
}
