using MlOps.Domain.Storage;

namespace MlOps.CrashHost;

/// <summary>Blobs whose every byte and whose metadata follow from a number, so that a torn one shows.</summary>
public static class CrashPattern
{
    public static MemoryStream Content(int number) => new(Bytes(number), writable: false);

    public static BlobWriteOptions Options(int number) => new(new Dictionary<string, string> { ["number"] = $"{number}" });

    public static byte[] Bytes(int number)
    {
        byte[] bytes = new byte[1_000 + (number * 7919 % 300_000)];
        Array.Fill(bytes, (byte)number);
        return bytes;
    }
}
