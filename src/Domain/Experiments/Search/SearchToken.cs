using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Experiments.Search;

/// <summary>
/// Where a page ended: what its last item is ordered by, not its number, so that items which come or go meanwhile neither repeat nor hide
/// others; and a fingerprint of what was asked, so that the token of another search is refused.
/// </summary>
internal sealed record SearchToken(SortKey[] Keys, long Start, string Id)
{
    private const byte Version = 1;
    private const int FingerprintBytes = 8;

    /// <summary>By the keys, then the newest start, then the id.</summary>
    /// <param name="descending">The direction of each key.</param>
    public int CompareTo(SearchToken other, bool[] descending)
    {
        for (int i = 0; i < descending.Length; i++)
        {
            if (Keys[i].CompareTo(other.Keys[i], descending[i]) is not 0 and int order)
                return order;
        }

        return Start != other.Start ? other.Start.CompareTo(Start) : string.CompareOrdinal(Id, other.Id);
    }

    public string Encode(string asked)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(Fingerprint(asked));
        writer.Write(Start);
        writer.Write(Id);
        foreach (SortKey key in Keys)
        {
            writer.Write(key.Rank);
            writer.Write(key.Text is not null);
            if (key.Text is not null)
                writer.Write(key.Text);
            else
                writer.Write(key.Number);
        }

        return Base64Url.EncodeToString(bytes.ToArray());
    }

    /// <param name="keys">How many keys the search orders by.</param>
    /// <exception cref="MlOpsException">Invalid <c>page-token</c>.</exception>
    public static SearchToken? Decode(string? token, string asked, int keys)
    {
        if (string.IsNullOrEmpty(token))
            return null;
        try
        {
            return Read(Base64Url.DecodeFromChars(token), asked, keys) ?? throw Invalid(token);
        }
        catch (Exception e) when (e is FormatException or IOException or ArgumentException)
        {
            throw Invalid(token);
        }
    }

    private static SearchToken? Read(byte[] bytes, string asked, int keys)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
        if (reader.ReadByte() != Version || !reader.ReadBytes(FingerprintBytes).AsSpan().SequenceEqual(Fingerprint(asked)))
            return null;
        (long start, string id) = (reader.ReadInt64(), reader.ReadString());
        var read = new SortKey[keys];
        for (int i = 0; i < keys; i++)
        {
            byte rank = reader.ReadByte();
            read[i] = reader.ReadBoolean() ? new SortKey(rank, 0, reader.ReadString()) : new SortKey(rank, reader.ReadDouble(), null);
        }

        return new(read, start, id);
    }

    private static byte[] Fingerprint(string asked) => SHA256.HashData(Encoding.UTF8.GetBytes(asked))[..FingerprintBytes];

    private static MlOpsException Invalid(string token) => MlOpsException.Invalid("page-token",
        $"Invalid page token '{TrackingLimits.Shown(token)}': pass back the one of the last answer, with the same filter, order and experiments");
}
