using System.Security.Cryptography;
using System.Text.Json;

namespace MlOps.Cli.Moving;

internal static class Fingerprints
{
    /// <summary>Of an object's members, in their order.</summary>
    public static string Of(object content) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content)).AsSpan(0, 16));
}
