namespace MlOps.Domain.Serving.Log;

/// <summary>Bytes that grow at their end, in rented chunks. Not thread-safe.</summary>
internal sealed class SegmentBytes
{
    private const int Chunk = ChunkPool.Chunk;

    private readonly List<byte[]> _chunks = [];
    private int _used = Chunk;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_used == Chunk)
            {
                _chunks.Add(ChunkPool.Rent());
                _used = 0;
            }

            int part = Math.Min(bytes.Length, Chunk - _used);
            bytes[..part].CopyTo(_chunks[^1].AsSpan(_used));
            _used += part;
            bytes = bytes[part..];
        }
    }

    public void CopyTo(Stream destination, long offset, int length)
    {
        while (length > 0)
        {
            (int chunk, int at) = ((int)(offset / Chunk), (int)(offset % Chunk));
            int part = Math.Min(length, Chunk - at);
            destination.Write(_chunks[chunk], at, part);
            offset += part;
            length -= part;
        }
    }

    /// <summary>Gives the chunks back; nothing is left.</summary>
    public void Return()
    {
        ChunkPool.Return(_chunks);
        _chunks.Clear();
        _used = Chunk;
    }
}
