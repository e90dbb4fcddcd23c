using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MlOps.Domain.Training;

/// <summary>Row numbers of each part, each row in at most one. Ascending, or in order of time when the split is by time.</summary>
public sealed record DataSplit(int[] Train, int[] Validation, int[] Test)
{
    /// <summary>All rows that are not held out, train before validation.</summary>
    public int[] Known => [.. Train, .. Validation];

    /// <summary>SHA-256 over the parts: equal for the same division.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[4];
        foreach (int[] part in (int[][])[Train, Validation, Test])
        {
            foreach (int value in (int[])[part.Length, .. part])
            {
                BinaryPrimitives.WriteInt32LittleEndian(number, value);
                hash.AppendData(number);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
