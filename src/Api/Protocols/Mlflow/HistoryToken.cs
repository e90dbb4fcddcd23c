using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// Where a page of a history ended: the last point, not its number, so that points logged meanwhile move nothing; and a fingerprint of
/// what was asked, so that a token of another history is refused.
/// </summary>
internal static class HistoryToken
{
    private const int Bytes = 32;

    public static string Of(MetricPoint last, string asked)
    {
        Span<byte> token = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(token, last.Time.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(token[8..], last.Step);
        BinaryPrimitives.WriteDoubleLittleEndian(token[16..], last.Value);
        Fingerprint(asked, token[24..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>The index of the first point behind the token; 0 without one.</summary>
    /// <param name="points">In order of time, step, value.</param>
    /// <exception cref="MlOpsException">Invalid <c>page-token</c>.</exception>
    public static int Position(MetricHistory points, string? text, string asked)
    {
        if (string.IsNullOrEmpty(text))
            return 0;
        Span<byte> fingerprint = stackalloc byte[8];
        Fingerprint(asked, fingerprint);
        byte[] token = Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : [];
        if (token.Length != Bytes || !token.AsSpan(24).SequenceEqual(fingerprint))
            throw MlOpsException.Invalid("page-token", $"Invalid page token '{text}': pass back the one of the last answer, with the same run and metric");
        var last = (BinaryPrimitives.ReadInt64LittleEndian(token), BinaryPrimitives.ReadInt64LittleEndian(token.AsSpan(8)), BinaryPrimitives.ReadDoubleLittleEndian(token.AsSpan(16)));
        (int low, int high) = (0, points.Count);
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            MetricPoint point = points[middle];
            if ((point.Time.ToUnixTimeMilliseconds(), point.Step, point.Value).CompareTo(last) > 0)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private static void Fingerprint(string asked, Span<byte> into) => SHA256.HashData(Encoding.UTF8.GetBytes(asked)).AsSpan(0, 8).CopyTo(into);
}
