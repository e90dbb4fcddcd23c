using System.Buffers;

namespace MlOps.Domain.Registry;

/// <summary>Reads a stranger's file into memory, as far as it may be long.</summary>
internal static class ImportBytes
{
    /// <summary>Bytes of a part. In memory that is used again: grown at one piece, a file would leave several times its size behind as large objects, which the collector moves least.</summary>
    private const int Part = 64 << 10;

    /// <exception cref="MlOpsException">TooLarge <c>model-import-too-large</c>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream file, int most, CancellationToken cancellationToken)
    {
        var parts = new List<byte[]>();
        try
        {
            long length = 0;
            for (int read = Part; read == Part; length += read)
            {
                parts.Add(ArrayPool<byte>.Shared.Rent(Part));
                read = await file.ReadAtLeastAsync(parts[^1].AsMemory(0, Part), Part, throwOnEndOfStream: false, cancellationToken);
                if (length + read > most)
                    throw TooLarge(most);
            }

            return Joined(parts, (int)length);
        }
        finally
        {
            parts.ForEach(part => ArrayPool<byte>.Shared.Return(part));
        }
    }

    private static byte[] Joined(List<byte[]> parts, int length)
    {
        byte[] all = GC.AllocateUninitializedArray<byte>(length);
        for (int i = 0, at = 0; at < length; i++, at += Part)
            parts[i].AsSpan(0, Math.Min(Part, length - at)).CopyTo(all.AsSpan(at));
        return all;
    }

    private static MlOpsException TooLarge(int most) => MlOpsException.TooLarge(
        "model-import-too-large",
        $"the file has more than {most:N0} bytes, which is the most that this host takes (a quarter of what it has for models, at most 512 MiB): import a smaller model, or give models more memory");
}
