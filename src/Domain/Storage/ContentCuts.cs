using MlOps.Learning;

namespace MlOps.Domain.Storage;

/// <summary>
/// Where bytes are cut into pieces: as their content says, so that after a change in the middle the pieces before and behind it are those
/// they were (gear hash and two masks, as in Xia et al., FastCDC, 2016). The same bytes are always cut alike.
/// </summary>
internal static class ContentCuts
{
    public const int MinBytes = 32 << 10;
    public const int MaxBytes = 256 << 10;

    /// <summary>From here on a cut comes soon, also where the same byte is repeated for long, which is cut nowhere but at its ends.</summary>
    private const int WantedBytes = 96 << 10;

    /// <summary>Once in 64 KiB, and once in 1 KiB. The highest bits: only they know the last 64 bytes.</summary>
    private const ulong Strict = 0xFFFFUL << 48;
    private const ulong Loose = 0x3FFUL << 54;
    private const int Window = 64;

    private static readonly ulong[] Gear = [.. Enumerable.Range(1, 256).Select(i => SplitMix64.Scramble((ulong)i * SplitMix64.Step))];

    /// <summary>The pieces in order, each of at least <see cref="MinBytes"/> but the last, and at most <see cref="MaxBytes"/>; none of nothing.</summary>
    public static List<Range> Of(ReadOnlySpan<byte> bytes)
    {
        var pieces = new List<Range>();
        for (int from = 0; from < bytes.Length;)
        {
            int length = Length(bytes[from..]);
            pieces.Add(new Range(from, from + length));
            from += length;
        }

        return pieces;
    }

    private static int Length(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= MinBytes)
            return bytes.Length;
        int most = Math.Min(bytes.Length, MaxBytes);
        ulong hash = 0;
        for (int i = MinBytes - Window; i < most; i++)
        {
            hash = (hash << 1) + Gear[bytes[i]];
            if (i >= MinBytes && (hash & (i < WantedBytes ? Strict : Loose)) == 0)
                return i;
        }

        return most;
    }
}
