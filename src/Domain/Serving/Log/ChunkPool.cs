namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Chunks of bytes that are used again, up to a bound. A segment takes more of them than the runtime's pool keeps of arrays of one length on one processor:
/// the others would be new memory some times a second, which the collector then moves about. Thread-safe.
/// </summary>
internal static class ChunkPool
{
    /// <summary>Bytes of a chunk.</summary>
    public const int Chunk = 64 << 10;

    /// <summary>Of which so many are kept (16 MiB): as much as a segment, and its successor while it is written.</summary>
    private const int Kept = 256;

    private static readonly Stack<byte[]> Free = new();

    public static byte[] Rent()
    {
        lock (Free)
            return Free.TryPop(out byte[]? chunk) ? chunk : GC.AllocateUninitializedArray<byte>(Chunk);
    }

    public static void Return(IReadOnlyList<byte[]> chunks)
    {
        lock (Free)
        {
            for (int i = 0; i < chunks.Count && Free.Count < Kept; i++)
                Free.Push(chunks[i]);
        }
    }
}
