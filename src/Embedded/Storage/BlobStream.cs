using Microsoft.Win32.SafeHandles;
using MlOps.Learning;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>A part of an open file. The file stays the version that was opened, also when its name is given to another.</summary>
internal sealed class BlobStream(SafeFileHandle file, long start, long length) : BlobContentStream(length)
{
    protected override int ReadAt(long position, Span<byte> buffer) => RandomAccess.Read(file, buffer, start + position);

    protected override ValueTask<int> ReadAtAsync(long position, Memory<byte> buffer, CancellationToken cancellationToken) =>
        RandomAccess.ReadAsync(file, buffer, start + position, cancellationToken);

    /// <summary>A file of the store is written once and replaced by another under its name, never changed.</summary>
    public override MappedFile? Map() => start == 0 ? MappedFile.Of(file, Length) : null;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
