using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace MlOps.Bench.Serving;

/// <summary>Models that differ in the number their trees start from, and in nothing else: each a file, a digest and a prediction of its own.</summary>
/// <param name="file">A model file of trees.</param>
internal sealed class ModelVariants(byte[] file)
{
    private const int LengthAt = 12, HeaderAt = 16;

    private readonly int _start = StartAt(file);

    /// <param name="number">Which; 0 is the file itself.</param>
    public byte[] Make(int number)
    {
        byte[] copy = [.. file];
        Span<byte> start = copy.AsSpan(_start, sizeof(double));
        BinaryPrimitives.WriteDoubleLittleEndian(start, BinaryPrimitives.ReadDoubleLittleEndian(start) + (number * 1e-6));
        // The last bytes are SHA-256 of all before them.
        SHA256.HashData(copy.AsSpan(..^SHA256.HashSizeInBytes), copy.AsSpan(^SHA256.HashSizeInBytes..));
        return copy;
    }

    private static int StartAt(byte[] file)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(LengthAt));
        using var header = JsonDocument.Parse(file.AsMemory(HeaderAt, length));
        JsonElement section = header.RootElement.GetProperty("sections").EnumerateArray().Single(s => s.GetProperty("name").GetString() == "start");
        return HeaderAt + length + section.GetProperty("offset").GetInt32();
    }
}
