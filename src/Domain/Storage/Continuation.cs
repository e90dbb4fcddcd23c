using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Storage;

/// <summary>
/// The continuation tokens of every adapter: the last row key that was returned, and a fingerprint of what was asked, so that a
/// token of another table, partition or range is refused. A row may be gone by the time its token comes back; the scan goes on behind it.
/// </summary>
public static class Continuation
{
    private const byte Version = 1;
    private const int FingerprintBytes = 8;
    private const int HeaderBytes = 1 + FingerprintBytes;

    /// <param name="table">The table asked.</param>
    /// <param name="partition">The partition asked, unescaped.</param>
    /// <param name="range">The range asked; its limit may differ from page to page.</param>
    /// <param name="lastRow">Escaped key of the last row of the page.</param>
    public static string Encode(string table, string partition, EntityRange range, string lastRow)
    {
        byte[] token = new byte[HeaderBytes + lastRow.Length];
        token[0] = Version;
        Fingerprint(table, partition, range, token.AsSpan(1, FingerprintBytes));
        Encoding.ASCII.GetBytes(lastRow, token.AsSpan(HeaderBytes));
        return Base64Url.EncodeToString(token);
    }

    /// <returns>The escaped row key behind which to go on; null when the range begins.</returns>
    /// <exception cref="MlOpsException">Invalid <c>continuation-invalid</c>: no token, or one of another range.</exception>
    public static string? Decode(string table, string partition, EntityRange range)
    {
        if (range.Continuation is null)
            return null;
        Span<byte> fingerprint = stackalloc byte[FingerprintBytes];
        Fingerprint(table, partition, range, fingerprint);
        byte[] token = Bytes(range.Continuation);
        if (token.Length < HeaderBytes || token[0] != Version || !token.AsSpan(1, FingerprintBytes).SequenceEqual(fingerprint))
        {
            throw MlOpsException.Invalid(
                "continuation-invalid", $"'{range.Continuation}' is no continuation of this range of '{table}': pass back the token of its last page, or none to begin anew");
        }

        return Encoding.ASCII.GetString(token.AsSpan(HeaderBytes));
    }

    private static byte[] Bytes(string token) => Base64Url.IsValid(token) ? Base64Url.DecodeFromChars(token) : [];

    private static void Fingerprint(string table, string partition, EntityRange range, Span<byte> destination)
    {
        string?[] parts = [table, partition, range.Prefix, range.From, range.To];
        string asked = string.Join('/', parts.Select(part => part is null ? "!" : KeyEscape.Escape(part)));
        SHA256.HashData(Encoding.ASCII.GetBytes(asked)).AsSpan(0, FingerprintBytes).CopyTo(destination);
    }
}
