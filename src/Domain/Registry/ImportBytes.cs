using System.Buffers;

namespace MlOps.Domain.Registry;

/// <summary>Reads a stranger's file into memory, as far as it may be long.</summary>
internal static class ImportBytes
{
    /// <summary>Bytes that are read at a time.</summary>
    private const int Chunk = 1 << 20;

    /// <exception cref="MlOpsException">TooLarge <c>model-import-too-large</c>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream file, int most, CancellationToken cancellationToken)
    {
        // Used again: new for each of many imports, it would be most of what they leave behind among the large objects.
        byte[] chunk = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            using var bytes = new MemoryStream(0);
            for (int read; (read = await file.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancellationToken)) > 0;)
            {
                if (bytes.Length + read > most)
                    throw TooLarge(most);
                if (bytes.Length + read > bytes.Capacity)
                    bytes.Capacity = (int)Math.Min(most, Math.Max(2L * bytes.Capacity, bytes.Length + read));
                bytes.Write(chunk, 0, read);
            }

            return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static MlOpsException TooLarge(int most) => MlOpsException.TooLarge(
        "model-import-too-large",
        $"the file has more than {most:N0} bytes, which is the most that this host takes (a quarter of what it has for models, at most 512 MiB): import a smaller model, or give models more memory");
}
