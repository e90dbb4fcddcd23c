namespace MlOps.Learning;

/// <summary>
/// A small, fast, seeded generator whose sequence never changes between versions or machines, so that a seed in a run's record
/// reproduces it: xoshiro256** 1.0 (Blackman and Vigna 2018), its state filled by SplitMix64. Not for secrets. Not thread-safe:
/// give each worker its own by <see cref="Derive"/>.
/// </summary>
public sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    public SeededRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>An independent generator for part <paramref name="stream"/> of the work (a round, a tree, a fold) under one seed.</summary>
    public static SeededRandom Derive(ulong seed, ulong stream)
    {
        ulong mixed = stream;
        return new SeededRandom(seed ^ SplitMix(ref mixed));
    }

    /// <summary>Uniform over all 64-bit values.</summary>
    public ulong NextUInt64()
    {
        ulong result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, <paramref name="exclusiveMaximum"/>), without bias (Lemire 2019).</summary>
    public int Next(int exclusiveMaximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMaximum);
        uint bound = (uint)exclusiveMaximum;
        uint threshold = (0u - bound) % bound;
        while (true)
        {
            ulong product = (NextUInt64() >> 32) * bound;
            if ((uint)product >= threshold)
                return (int)(product >> 32);
        }
    }

    /// <summary>Standard normal (Marsaglia's polar method; the second value of a pair is thrown away to keep no hidden state).</summary>
    public double NextGaussian()
    {
        while (true)
        {
            double u = (2 * NextDouble()) - 1;
            double v = (2 * NextDouble()) - 1;
            double s = (u * u) + (v * v);
            if (s is > 0 and < 1)
                return u * Math.Sqrt(-2 * Math.Log(s) / s);
        }
    }

    /// <summary>Puts the items into a uniformly random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary><paramref name="count"/> distinct numbers of 0..<paramref name="total"/>-1 in ascending order (Knuth, TAOCP 3.4.2, algorithm S).</summary>
    public int[] Sample(int total, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, total);
        var chosen = new int[count];
        int taken = 0;
        for (int i = 0; taken < count; i++)
        {
            if (NextDouble() * (total - i) < count - taken)
                chosen[taken++] = i;
        }

        return chosen;
    }

    private static ulong SplitMix(ref ulong state) => SplitMix64.Scramble(state += SplitMix64.Step);
}
