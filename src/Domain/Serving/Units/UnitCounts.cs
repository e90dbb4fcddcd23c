using MlOps.Learning.Statistics;

namespace MlOps.Domain.Serving.Units;

/// <summary>
/// Requests by the cluster of their unit (<see cref="UnitCluster"/>) and by what became of them, so that the variance of a share of requests can be told
/// where units send many. Latencies are counted by their octave. Requests without a unit are not in it. Not thread-safe.
/// </summary>
public sealed class UnitCounts
{
    /// <summary>Octaves of latency, the first up to 0.1 ms, the last from 6.5 s.</summary>
    private const int Octaves = 18;

    private const int Failed = Octaves;
    private const int Rejected = Octaves + 1;
    private const int Kinds = Octaves + 2;
    private const double FirstOctave = 0.1;

    /// <summary>By cluster, and of those that were met only: most windows meet few.</summary>
    private readonly long[]?[] _counts = new long[UnitCluster.Count][];

    internal void AddAnswered(int cluster, TimeSpan latency) => Of(cluster)[OctaveOf(latency)]++;

    internal void AddFailed(int cluster) => Of(cluster)[Failed]++;

    internal void AddRejected(int cluster) => Of(cluster)[Rejected]++;

    internal void Add(UnitCounts other)
    {
        for (int cluster = 0; cluster < _counts.Length; cluster++)
        {
            if (other._counts[cluster] is not { } kinds)
                continue;
            long[] own = Of(cluster);
            for (int kind = 0; kind < Kinds; kind++)
                own[kind] += kinds[kind];
        }
    }

    /// <summary>Failed ones among those the version was responsible for.</summary>
    /// <param name="all">Of all units, and of those without.</param>
    internal ClusterSums Errors(long hits, long all) => Sums(kind => kind != Rejected, kind => kind == Failed, hits, all);

    /// <summary>Refused ones among all.</summary>
    internal ClusterSums Rejections(long hits, long all) => Sums(_ => true, kind => kind == Rejected, hits, all);

    /// <summary>Answered ones that took longer than the octave of a limit, or than the one before: none is known more exactly by unit.</summary>
    /// <param name="all">Of all units, and of those without, who are taken to be as slow.</param>
    internal ClusterSums Slow(TimeSpan limit, bool before, long all)
    {
        int octave = OctaveOf(limit) - (before ? 1 : 0);
        return Sums(kind => kind < Octaves, kind => kind > octave && kind < Octaves, null, all);
    }

    /// <summary>Pairs of key, as what lies between it and the one before, and count.</summary>
    internal byte[] ToBytes()
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        int before = -1;
        for (int cluster = 0; cluster < _counts.Length; cluster++)
        {
            for (int kind = 0; kind < Kinds && _counts[cluster] is { } kinds; kind++)
            {
                if (kinds[kind] == 0)
                    continue;
                int key = (cluster * Kinds) + kind;
                writer.Write7BitEncodedInt(key - before - 1);
                writer.Write7BitEncodedInt64(kinds[kind]);
                before = key;
            }
        }

        return bytes.ToArray();
    }

    internal static UnitCounts FromBytes(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var counts = new UnitCounts();
        for (int key = -1; reader.BaseStream.Position < bytes.Length;)
        {
            key += reader.Read7BitEncodedInt() + 1;
            counts.Of(key / Kinds)[key % Kinds] += reader.Read7BitEncodedInt64();
        }

        return counts;
    }

    private static int OctaveOf(TimeSpan latency) => latency.TotalMilliseconds <= FirstOctave ? 0 : Math.Min(Octaves - 1, (int)Math.Ceiling(Math.Log2(latency.TotalMilliseconds / FirstOctave)));

    private long[] Of(int cluster) => _counts[cluster] ??= new long[Kinds];

    /// <summary>What no unit is known of is a cluster of its own.</summary>
    private ClusterSums Sums(Func<int, bool> counts, Func<int, bool> hits, long? allHits, long all)
    {
        var sums = new ClusterSums(UnitCluster.Count);
        (long knownHits, long known) = (0, 0);
        for (int cluster = 0; cluster < _counts.Length; cluster++)
        {
            (long hit, long n) = (0, 0);
            for (int kind = 0; kind < Kinds && _counts[cluster] is { } kinds; kind++)
                (hit, n) = (hit + (counts(kind) && hits(kind) ? kinds[kind] : 0), n + (counts(kind) ? kinds[kind] : 0));
            sums.Add(cluster, OfShare(hit, n));
            (knownHits, known) = (knownHits + hit, known + n);
        }

        long rest = Math.Max(0, all - known);
        sums.Add(ClusterSums.Alone, OfShare(Math.Clamp(allHits - knownHits ?? (long)(rest * (double)knownHits / Math.Max(1, known)), 0, rest), rest));
        return sums;
    }

    private static SampleMoments OfShare(long hits, long all) => new(all, all == 0 ? 0 : (double)hits / all, all == 0 ? 0 : (double)hits * (all - hits) / all);
}
