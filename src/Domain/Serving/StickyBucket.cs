namespace MlOps.Domain.Serving;

/// <summary>
/// Where a unit (a user, a session, or else the request) stands among 10,000 buckets. The function is part of the stored state's
/// meaning: every process and every release must give the same answer, so it is spelled out here and pinned by a test.
/// </summary>
public static class StickyBucket
{
    public const int Count = 10_000;

    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;
    private const ulong FnvPrimeTwice = unchecked(FnvPrime * FnvPrime);

    /// <summary>FNV-1a (64 bit) over the UTF-16 units of salt, a zero, and unit, then MurmurHash3's finaliser, which spreads the low entropy of short ids over all bits.</summary>
    public static int Of(string salt, string unit) => (int)(Hash(salt, unit) % Count);

    internal static ulong Hash(string salt, ReadOnlySpan<char> unit) => End(Add(Begin(salt), unit));

    /// <summary>Where the hash stands behind a salt, for who hashes many units with one.</summary>
    internal static ulong Begin(string salt) => Add(FnvOffset, salt) * FnvPrime;

    internal static ulong Add(ulong hash, ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            // The upper byte of most characters is zero, which changes nothing but by its multiplication: both at once take half the time.
            hash = c <= byte.MaxValue ? (hash ^ c) * FnvPrimeTwice : (((hash ^ (byte)c) * FnvPrime) ^ (byte)(c >> 8)) * FnvPrime;
        }

        return hash;
    }

    internal static ulong End(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }
}
