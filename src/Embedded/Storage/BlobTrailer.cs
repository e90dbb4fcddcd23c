using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>
/// What stands behind a blob's bytes in the same file, so that one rename replaces both: metadata as JSON, then 64 bytes:
/// content length, time of change, ETag, length of the metadata, a digest of all of these, and a mark. The content comes first: ordinary
/// tools can look at it, and a range is read where it stands.
/// </summary>
internal sealed record BlobTrailer(long ContentLength, DateTimeOffset Modified, UInt128 ETag, IReadOnlyDictionary<string, string> Metadata)
{
    private const int FixedBytes = 64;
    private const int DigestAt = 36;
    private const int DigestBytes = 20;

    /// <summary>The metadata of most blobs, for which no serializer need be woken.</summary>
    private static ReadOnlySpan<byte> Nothing => "{}"u8;

    private static ReadOnlySpan<byte> Mark => "MLOPBLB1"u8;

    public string ETagText => ETag.ToString("x32", null);

    public BlobInfo Describe(string path) => new(path, ContentLength, ETagText, Modified, Metadata);

    public byte[] ToBytes()
    {
        byte[] metadata = Metadata.Count == 0 ? Nothing.ToArray() : JsonSerializer.SerializeToUtf8Bytes(Metadata);
        byte[] all = new byte[metadata.Length + FixedBytes];
        metadata.CopyTo(all, 0);
        Span<byte> end = all.AsSpan(metadata.Length);
        BinaryPrimitives.WriteInt64LittleEndian(end, ContentLength);
        BinaryPrimitives.WriteInt64LittleEndian(end[8..], Modified.UtcTicks);
        BinaryPrimitives.WriteUInt128LittleEndian(end[16..], ETag);
        BinaryPrimitives.WriteInt32LittleEndian(end[32..], metadata.Length);
        Digest(all.AsSpan(0, metadata.Length + DigestAt)).CopyTo(end[DigestAt..]);
        Mark.CopyTo(end[(DigestAt + DigestBytes)..]);
        return all;
    }

    /// <exception cref="MlOpsException">Unavailable <c>blob-corrupt</c>: the file was not written by a blob store, or was cut.</exception>
    public static BlobTrailer Read(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path)
    {
        long length = RandomAccess.GetLength(file);
        byte[] all = Tail(file, length, FixedBytes, path);
        int metadataLength = BinaryPrimitives.ReadInt32LittleEndian(all.AsSpan(32));
        all = Tail(file, length, FixedBytes + (long)metadataLength, path);
        Span<byte> end = all.AsSpan(metadataLength);
        long content = BinaryPrimitives.ReadInt64LittleEndian(end);
        bool whole = end[(DigestAt + DigestBytes)..].SequenceEqual(Mark)
            && Digest(all.AsSpan(0, metadataLength + DigestAt)).AsSpan().SequenceEqual(end.Slice(DigestAt, DigestBytes))
            && content + all.Length == length;
        return whole
            ? new(
                content,
                new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(end[8..]), TimeSpan.Zero),
                BinaryPrimitives.ReadUInt128LittleEndian(end[16..]),
                MetadataOf(all.AsSpan(0, metadataLength)))
            : throw Corrupt(path);
    }

    private static Dictionary<string, string> MetadataOf(ReadOnlySpan<byte> json) => json.SequenceEqual(Nothing) ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;

    private static byte[] Tail(Microsoft.Win32.SafeHandles.SafeFileHandle file, long length, long count, string path)
    {
        if (count < FixedBytes || count > length || count > FixedBytes + (16L * BlobChecks.MetadataChars))
            throw Corrupt(path);
        byte[] bytes = new byte[count];
        return RandomAccess.Read(file, bytes, length - count) == count ? bytes : throw Corrupt(path);
    }

    private static byte[] Digest(ReadOnlySpan<byte> bytes) => SHA256.HashData(bytes)[..DigestBytes];

    private static MlOpsException Corrupt(string path) => MlOpsException.Unavailable(
        "blob-corrupt", $"the file of blob '{path}' is damaged or was not written by the blob store: restore it from a backup, or remove it");
}
