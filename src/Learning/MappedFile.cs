using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace MlOps.Learning;

/// <summary>
/// The first bytes of a file, read-only and in place: pages come from the file when they are touched, and the system may take them back. It stays
/// mapped for as long as anybody holds this object or a <see cref="Memory{T}"/> of it; who keeps a span only must keep one of them alive
/// (<see cref="GC.KeepAlive"/>). The bytes are those of the file that was opened, also when its name is given to another or deleted. A file that is written
/// or cut off in place must not be mapped: its bytes would change below a reader, and reading behind its new end ends the process.
/// </summary>
public sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _first;
    private readonly int _length;

    /// <param name="file">May be closed afterwards.</param>
    /// <param name="length">Bytes from the beginning, at least one.</param>
    /// <exception cref="IOException">The system cannot map it.</exception>
    public MappedFile(SafeFileHandle file, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        using var mapped = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = mapped.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        // The view's handle is released by its finalizer, which a pointer that was acquired would keep from doing so.
        _first = (byte*)_view.SafeMemoryMappedViewHandle.DangerousGetHandle() + _view.PointerOffset;
        _length = length;
    }

    /// <summary>
    /// Null where the file is to be read instead: on Windows, where a mapped file can neither be replaced nor deleted, when it is empty or larger than
    /// memory is addressed here, and where the system or the file system refuses to map it.
    /// </summary>
    /// <param name="file">May be closed afterwards.</param>
    /// <param name="length">Bytes from the beginning.</param>
    public static MappedFile? Of(SafeFileHandle file, long length)
    {
        if (OperatingSystem.IsWindows() || length is < 1 or > int.MaxValue)
            return null;
        try
        {
            return new MappedFile(file, (int)length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Not to be written to.</summary>
    public override Span<byte> GetSpan() => new(_first, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_first + elementIndex, default, this);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <summary>Where a byte is, as long as this object is.</summary>
    internal byte* At(int index) => _first + index;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _view.Dispose();
    }
}
