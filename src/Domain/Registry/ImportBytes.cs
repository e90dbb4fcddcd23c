namespace MlOps.Domain.Registry;

/// <summary>Reads a stranger's file into memory, as far as it may be long.</summary>
internal static class ImportBytes
{
    private const int Chunk = 1 << 20;

    /// <exception cref="MlOpsException">TooLarge <c>model-import-too-large</c>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream file, int most, CancellationToken cancellationToken)
    {
        var bytes = new MemoryStream();
        var chunk = new byte[Chunk];
        for (int read; (read = await file.ReadAsync(chunk, cancellationToken)) > 0;)
        {
            if (bytes.Length + read > most)
                throw MlOpsException.TooLarge("model-import-too-large", $"the file has more than {most:N0} bytes, which is the most that this host takes (a quarter of what it has for models, at most 512 MiB): import a smaller model, or give models more memory");
            if (bytes.Length + read > bytes.Capacity)
                bytes.Capacity = (int)Math.Min(most, Math.Max(2L * bytes.Capacity, bytes.Length + read));
            bytes.Write(chunk, 0, read);
        }

        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }
}
